import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { ActivityView, CheckView, FindingView, PlanView, ProposalView } from '../../api';
import type { IWaiting, Shown } from '../../model';
import { Problem } from '../banner';
import { Diff } from '../diff';
import { useLab } from '../lab';
import { Markdown, visible } from '../markdown';
import { Code } from '../markdown/code';
import { duration } from './words';

/** A row that is only passed by is not asked for. */
const REST_MS = 200;

/** The thing whole, asked for once the person rests on it. */
export function Details({ row }: { row: IWaiting }): JSX.Element {
  const { coimprove, trans } = useLab();
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const { inbox } = coimprove.models;
  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      inbox.details(row).then(
        view => isCurrent && (setShown(view), setProblem(null)),
        (error: unknown) => isCurrent && setProblem(asApiError(error))
      );
    }, REST_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
    // A row is another object after each event; it is another thing when its id or its change is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [inbox, row.id, row.changed]);
  if (problem) {
    return <Problem problem={problem} />;
  }
  return (
    <div className="coai-Details" aria-busy={shown === null}>
      {row.why && <p className="coai-Details-why">{visible(row.why)}</p>}
      {shown === null && <p className="coai-Muted">{trans.__('Reading…')}</p>}
      {shown?.view === 'PlanView' && <PlanDetails plan={shown} />}
      {shown?.view === 'FindingView' && <FindingDetails finding={shown} />}
      {shown?.view === 'CheckView' && <CheckDetails check={shown} />}
      {shown?.view === 'ActivityView' && <CardDetails activity={shown} />}
      {shown?.view === 'ProposalView' && <ProposalDetails proposal={shown} />}
      {shown?.view === 'ShowView' && <pre className="coai-Code">{visible(shown.text)}</pre>}
      {shown?.warnings.map(warning => (
        <p key={warning} className="coai-Warning">
          {visible(warning)}
        </p>
      ))}
    </div>
  );
}

function PlanDetails({ plan }: { plan: PlanView }): JSX.Element {
  const { trans } = useLab();
  const { power, cost } = plan;
  const time =
    cost.total_seconds === null ? trans.__('time unknown') : duration(cost.total_seconds, trans);
  return (
    <>
      <dl className="coai-Facts">
        <dt>{trans.__('Response')}</dt>
        <dd>
          {visible(plan.response)} (
          {plan.direction === 'max' ? trans.__('more is better') : trans.__('less is better')})
        </dd>
        <dt>{trans.__('Runs')}</dt>
        <dd>
          {trans.__(
            '%1 arms × %2 blocks: %3 runs, %4',
            plan.arms.length,
            plan.blocks,
            cost.runs,
            time
          )}
        </dd>
        <dt>{trans.__('Power')}</dt>
        <dd>
          {power.power === null
            ? power.basis
            : trans.__('%1 %: %2', Math.round(power.power * 100), power.basis)}
        </dd>
      </dl>
      {plan.arms
        .filter(arm => arm.diff)
        .map(arm => (
          <details key={arm.name} className="coai-Arm">
            <summary>{visible(arm.name)}</summary>
            <Diff text={arm.diff} />
          </details>
        ))}
    </>
  );
}

function FindingDetails({ finding }: { finding: FindingView }): JSX.Element {
  const { trans } = useLab();
  return (
    <>
      <div className="coai-Claim">
        <Markdown text={finding.claim} />
      </div>
      <dl className="coai-Facts">
        {Object.entries(finding.verdicts).map(([arm, verdict]) => (
          <div key={arm} className="coai-Facts-pair">
            <dt>{visible(arm)}</dt>
            <dd>{String(verdict)}</dd>
          </div>
        ))}
        <dt>{trans.__('Status')}</dt>
        <dd>{finding.status}</dd>
      </dl>
      {finding.deviations.map(deviation => (
        <p key={deviation} className="coai-Warning">
          {visible(deviation)}
        </p>
      ))}
    </>
  );
}

function ProposalDetails({ proposal }: { proposal: ProposalView }): JSX.Element {
  const { trans } = useLab();
  return (
    <>
      {proposal.expected && <p>{trans.__('Expected effect: %1', visible(proposal.expected))}</p>}
      {proposal.changes.map((change, number) =>
        change.diff ? (
          <Diff key={number} text={change.diff} />
        ) : (
          <pre key={number} className="coai-Code" tabIndex={0}>
            <Code text={change.source} language={proposal.language} />
          </pre>
        )
      )}
    </>
  );
}

function CheckDetails({ check }: { check: CheckView }): JSX.Element {
  return (
    <>
      {check.findings.map(flaw => (
        <div key={flaw.id}>
          <p>{visible(flaw.evidence)}</p>
          <p>{visible(flaw.fix)}</p>
          {flaw.diff && <Diff text={flaw.diff} />}
        </div>
      ))}
    </>
  );
}

function CardDetails({ activity }: { activity: ActivityView }): JSX.Element {
  const { trans } = useLab();
  return (
    <>
      {activity.cards.map(card => (
        <div key={card.id}>
          <ul>
            {[...card.evidence, ...card.known].map(line => (
              <li key={line}>{visible(line)}</li>
            ))}
          </ul>
          {card.untried.length > 0 && (
            <p>{trans.__('Not tried: %1', card.untried.map(visible).join('; '))}</p>
          )}
          {card.next.length > 0 && <pre className="coai-Code">{card.next.join('\n')}</pre>}
        </div>
      ))}
    </>
  );
}
