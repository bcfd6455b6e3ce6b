import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { ResultsView } from '../../api';
import { Problem } from '../banner';
import { useLab } from '../lab';
import { confirm } from './asking';
import { Chart } from './chart';
import { Effects, Points } from './effects';
import { Forecasts } from './forecasts';
import { FindingCard } from './findingcard';

/** What an experiment shows: the finding to decide on, the effects as plot and table, all points. */
export function Results({
  id,
  path,
  state,
  finding,
  isEnded,
  door
}: {
  id: string;
  path: string | null;
  state: string;
  /** Its finding card; empty where there is none yet. */
  finding: string;
  isEnded: boolean;
  door: () => string;
}): JSX.Element | null {
  const { coimprove, trans } = useLab();
  const { verbs } = coimprove.api;
  const [view, setView] = useState<ResultsView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [hasPeeked, setHasPeeked] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    const args = { experiment: id, ...(hasPeeked && !isEnded ? { peek: true } : {}) };
    verbs.call('results', args, door()).then(
      found => isCurrent && (setView(found), setProblem(null)),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    // Of one that has not ended, what need not be hidden is answered: a sequential design, or one that was looked at.
    return () => {
      isCurrent = false;
    };
    // The door is another function each time; what is shown changes with these alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [verbs, id, state, finding, isEnded, hasPeeked, attempt]);

  const peek = async (): Promise<void> => {
    const isSure = await confirm(
      trans.__('Look before it has ended?'),
      trans.__(
        'In a fixed design, who looks early may stop early. That you looked is recorded as a deviation, stands beside the finding, and no prediction can be made any more.'
      ),
      trans.__('Look, and record it'),
      trans.__('Wait')
    );
    if (isSure) {
      setHasPeeked(true);
      setAttempt(attempt + 1);
    }
  };

  const isHidden = !isEnded && !hasPeeked && (problem === null || problem.code === 'plan');
  if (isHidden && view === null) {
    return (
      <div className="coai-Section coai-Hidden-effects">
        <p className="coai-Muted">
          {trans.__(
            'Effects are hidden until the experiment has ended, so that nobody stops on chance.'
          )}
        </p>
        <button type="button" className="coai-Button" onClick={() => void peek()}>
          {trans.__('Show interim effects…')}
        </button>
      </div>
    );
  }
  return (
    <section className="coai-Section" aria-label={trans.__('Results')}>
      {problem && <Problem problem={problem} retry={() => setAttempt(attempt + 1)} />}
      {view === null && !problem && <p className="coai-Muted">{trans.__('Computing effects…')}</p>}
      {!isEnded && view !== null && (
        <p className="coai-Warning">
          {trans.__('Interim: the experiment has not ended.')}{' '}
          <button type="button" className="coai-Link" onClick={() => setAttempt(attempt + 1)}>
            {trans.__('Look again')}
          </button>
        </p>
      )}
      {view?.finding && <FindingCard id={view.finding} path={path} door={door} />}
      {view && (
        <>
          <h3 className="coai-Run-title">{trans.__('Effects on %1', view.response)}</h3>
          {view.chart && view.effects.length > 0 && (
            <Chart
              chart={view.chart}
              label={trans.__('Plot of the effects; the table says the same')}
            />
          )}
          {view.effects.length > 0 && <Effects view={view} />}
          {view.prediction && <p className="coai-Prediction">{view.prediction}</p>}
          <Forecasts rows={view.forecasts} />
          {view.controls.map(control => (
            <p key={control.arm} className={control.alarm ? 'coai-Warning' : 'coai-Muted'}>
              {control.arm}: {control.text}
            </p>
          ))}
          {[...view.warnings, ...view.deviations].map(text => (
            <p key={text} className="coai-Warning">
              {text}
            </p>
          ))}
          {[...view.notes, ...view.uncontrolled].map(text => (
            <p key={text} className="coai-Muted">
              {text}
            </p>
          ))}
          <Points view={view} />
        </>
      )}
    </section>
  );
}
