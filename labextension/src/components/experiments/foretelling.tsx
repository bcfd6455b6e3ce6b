import type { Arguments, PlanView } from '../../api';
import { useLab, useSignals } from '../lab';
import { visible } from '../markdown';
import type { IAsking } from './asking';
import { Forecasts } from './forecasts';

/**
 * The model's own prediction, asked for by the person, each made without the other.
 *
 * What it says stays out of sight until the person's is kept; nobody has to predict.
 */
export function Foretelling({
  plan,
  path,
  door,
  asking,
  answered
}: {
  plan: PlanView;
  path: string | null;
  door: () => string;
  asking: IAsking;
  answered: (plan: PlanView) => void;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { ai, models } = coimprove;
  useSignals(ai.changed, ai.providerChanged, models.conversations.changed);
  const who = path === null ? null : models.conversations.answering(path);
  const foretold = plan.foretold_by.map(visible).join(', ');
  const ask = async (): Promise<void> => {
    const text = `Predict the experiment ${plan.id} before it runs: rank its arms with the tool "predict", by what the notebook shows. Do not say the order in words.`;
    const { provider, model } = who ?? {};
    const args: Arguments['ask'] = {
      text,
      fresh: true,
      ...(provider ? { provider: provider as 'anthropic' } : {}),
      ...(model && provider === 'anthropic' ? { model } : {})
    };
    const label = trans.__('Asking %1', visible(who?.model ?? ''));
    if ((await asking.ask('ask', args, door(), label)) !== null) {
      const view = await asking.ask('show', { id: plan.id }, door(), label);
      if (view?.view === 'PlanView') {
        answered(view);
      }
    }
  };
  return (
    <>
      {plan.forecasts.length > 1 ? (
        <Forecasts rows={plan.forecasts} />
      ) : (
        foretold && (
          <p className="coai-Hint" role="status">
            {trans.__('%1 has predicted; both show side by side once you have.', foretold)}
          </p>
        )
      )}
      {!foretold && who?.model && (
        <button
          type="button"
          className="coai-Link"
          disabled={asking.label !== '' || !coimprove.health.writable}
          onClick={() => void ask()}
        >
          {trans.__('Ask %1 for its prediction', visible(who.model))}
        </button>
      )}
    </>
  );
}
