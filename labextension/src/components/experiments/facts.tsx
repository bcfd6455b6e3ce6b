import type { PlanForm } from '../../model';
import { useLab } from '../lab';
import { seconds } from './words';

/** What the plan can show and what it costs, live. */
export function Facts({ form }: { form: PlanForm }): JSX.Element | null {
  const { trans } = useLab();
  const { plan } = form;
  if (plan === null) {
    return null;
  }
  const { power, cost } = plan;
  const assumed = power.curve.find(([blocks]) => blocks === plan.blocks)?.[1];
  const runs = trans._n('%1 run', '%1 runs', cost.runs);
  const workers = trans._n('%1 at a time', '%1 at a time', cost.workers);
  const reach = power.never
    ? power.never
    : power.reachable
      ? trans.__('can reach a verdict from %1 blocks on', power.least)
      : trans.__('cannot reach a verdict: it takes %1 blocks at least', power.least);
  return (
    <section
      className="coai-FactBox"
      aria-label={trans.__('Power and cost')}
      aria-live="polite"
      aria-busy={form.isBusy}
    >
      <dl className="coai-Facts">
        <dt>{trans.__('Power')}</dt>
        <dd>
          {power.power !== null && `${Math.round(power.power * 100)} %`}
          {power.power === null &&
            (assumed === undefined
              ? trans.__('unknown')
              : trans.__(
                  '%1 % for an effect as large as the spread, which is not known yet',
                  Math.round(assumed * 100)
                ))}
          {power.needed !== null && <> · {trans.__('%1 blocks for 80 %', power.needed)}</>}
          {power.expected_blocks !== null && (
            <> · {trans.__('%1 blocks on average', power.expected_blocks.toFixed(1))}</>
          )}
          {power.fixed_blocks !== null && (
            <> · {trans.__('%1 in a fixed design of the same chance', power.fixed_blocks)}</>
          )}
        </dd>
        <dt>{trans.__('Reach')}</dt>
        <dd>
          {!power.reachable && <span aria-hidden="true">⚠ </span>}
          {reach}
        </dd>
        {power.equivalence && (
          <>
            <dt>{trans.__('Margin')}</dt>
            <dd>{power.equivalence}</dd>
          </>
        )}
        <dt>{trans.__('Cost')}</dt>
        <dd>
          {runs}
          {cost.total_seconds !== null &&
            ` · ${trans.__('%1 in all', seconds(cost.total_seconds, trans))}`}
          {cost.run_seconds !== null &&
            ` · ${trans.__('%1 a run', seconds(cost.run_seconds, trans))}`}
          {cost.disk_mb !== null && ` · ${trans.__('%1 MB', Math.round(cost.disk_mb))}`}
          {` · ${workers}`}
        </dd>
      </dl>
      <details className="coai-Arm">
        <summary>{trans.__('What this rests on')}</summary>
        <p className="coai-Muted">{power.basis}</p>
        <p className="coai-Muted">{cost.basis}</p>
        {[...plan.chance, ...plan.uncontrolled].map(text => (
          <p key={text} className="coai-Muted">
            {text}
          </p>
        ))}
      </details>
      {form.isBusy && <span className="coai-Muted">{trans.__('Computing…')}</span>}
    </section>
  );
}
