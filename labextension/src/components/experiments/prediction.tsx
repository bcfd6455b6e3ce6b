import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { PlanView } from '../../api';
import { Ranking } from '../../model';
import { Problem } from '../banner';
import { useLab } from '../lab';
import { Asking, useAsking } from './asking';
import { Forecasts } from './forecasts';
import { rankable } from './rankable';
import { RankingList } from './rankinglist';

/** The prediction of an experiment that runs: until a run has ended it may still be made. */
export function Prediction({ id, door }: { id: string; door: () => string }): JSX.Element {
  const { coimprove, trans } = useLab();
  const [plan, setPlan] = useState<PlanView | null>(null);
  const [mine, setMine] = useState<Ranking | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [isOpen, setIsOpen] = useState(false);
  const asking = useAsking();
  const { verbs } = coimprove.api;
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    let isCurrent = true;
    verbs.call('show', { id }, door()).then(
      view => isCurrent && view.view === 'PlanView' && setPlan(view),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    return () => {
      isCurrent = false;
    };
    // The door is another function each time; the experiment is what matters.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id, isOpen, verbs]);
  const shown = plan && (mine ?? new Ranking(plan.prediction)).over(rankable(plan));
  const predict = async (): Promise<void> => {
    if (shown) {
      const args = { experiment: id, ranking: shown.text };
      const view = await asking.ask('predict', args, door(), trans.__('Keeping the prediction'));
      if (view !== null) {
        setPlan(view);
        setMine(null);
      }
    }
  };
  return (
    <details
      className="coai-Arm coai-Section"
      onToggle={event => setIsOpen(event.currentTarget.open)}
    >
      <summary>{trans.__('Your prediction')}</summary>
      {problem && <Problem problem={problem} />}
      {shown && (
        <>
          <RankingList
            ranking={shown}
            change={setMine}
            label={trans.__('Arms, best first')}
            isOff={!coimprove.health.writable}
          />
          <Asking asking={asking} />
          {plan.forecasts.length > 1 && <Forecasts rows={plan.forecasts} />}
          <div className="coai-Actions">
            <button
              type="button"
              className="coai-Button"
              disabled={
                asking.label !== '' ||
                !coimprove.health.writable ||
                (plan.prediction.length > 0 && shown.equals(plan.prediction))
              }
              onClick={() => void predict()}
            >
              {trans.__('Keep as my prediction')}
            </button>
          </div>
        </>
      )}
    </details>
  );
}
