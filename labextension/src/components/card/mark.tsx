import { useEffect, useId, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { IBadMark, IMark, Shown } from '../../model';
import { Problem } from '../banner';
import { useCards } from './surroundings';

/** What the record says of the decision that a cell claims for itself. */
interface IChecked {
  readonly decision: Shown | null;
  readonly subject: Shown | null;
  readonly problem: ApiError | null;
}

/**
 * The quiet mark of a cell that was accepted; opened, it says by whom, when, why, and whether the record agrees.
 *
 * What the cell says is text of a file: it is shown, never believed.
 */
export function Mark({ mark, path }: { mark: IMark | IBadMark; path: string }): JSX.Element {
  const { trans } = useCards();
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  if ('problem' in mark) {
    return (
      <p className="coai-Mark coai-Warning">
        {mark.problem === 'version'
          ? trans.__(
              'Another version of jupyter-coimprove has marked this cell: update it to read the mark. Nothing rests on it here.'
            )
          : trans.__(
              'The mark of jupyter-coimprove in this cell’s metadata cannot be read. Nothing rests on it; `coimprove uninstall-metadata` takes it out.'
            )}
      </p>
    );
  }
  return (
    <div className="coai-Mark">
      <button
        type="button"
        className="coai-Link"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
      >
        {mark.decidedBy
          ? trans.__('Accepted by %1', mark.decidedBy)
          : trans.__('Accepted, it does not say by whom')}
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <History mark={mark} path={path} />}
      </div>
    </div>
  );
}

function History({ mark, path }: { mark: IMark; path: string }): JSX.Element {
  const { coimprove, trans, carrier } = useCards();
  const { verbs } = coimprove.api;
  const [checked, setChecked] = useState<IChecked | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void look().then(found => isCurrent && setChecked(found));
    return () => {
      isCurrent = false;
    };

    async function look(): Promise<IChecked> {
      try {
        const subject = await verbs.call('show', { id: mark.subject }, path);
        const decision = mark.decision
          ? await verbs.call('show', { id: mark.decision }, path)
          : null;
        return { subject, decision, problem: null };
      } catch (error) {
        return { subject: null, decision: null, problem: asApiError(error) };
      }
    }
  }, [verbs, mark, path]);
  const takeBack = async (): Promise<void> => {
    setProblem(null);
    carrier.decidesHere(mark.subject);
    try {
      await verbs.call('undo', { id: mark.subject }, path);
    } catch (error) {
      setProblem(asApiError(error));
    } finally {
      carrier.decided(mark.subject, path);
    }
  };
  const isKnown = checked !== null && agrees(mark, checked);
  const reason =
    checked?.decision?.view === 'ShowView' ? String(checked.decision.data['reason'] ?? '') : '';
  const rows: readonly [string, string][] = [
    [trans.__('What'), mark.subject],
    [trans.__('From'), mark.model ? `${mark.author} (${mark.model})` : mark.author],
    [trans.__('Decided by'), mark.decidedBy],
    [trans.__('Decided at'), when(mark.decidedAt)],
    [trans.__('Reason'), reason],
    [trans.__('Experiment'), mark.experiment]
  ];
  return (
    <div className="coai-Card-body" aria-busy={checked === null}>
      <dl className="coai-Facts">
        {rows
          .filter(([, text]) => text)
          .map(([label, text]) => (
            <div key={label} className="coai-Facts-pair">
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
      {checked !== null && !isKnown && (
        <p className="coai-Warning">
          {trans.__(
            'Foreign, unverified: the record here does not say so. It may come from another project or copy.'
          )}
          {checked.problem && ` (${checked.problem.message})`}
        </p>
      )}
      {problem && <Problem problem={problem} />}
      {isKnown && (
        <div className="coai-Actions">
          <button type="button" className="coai-Button" onClick={() => void takeBack()}>
            {trans.__('Take it back')}
          </button>
        </div>
      )}
    </div>
  );
}

/** Whether the record of this place has that decision on that subject, made here. */
function agrees({ subject, decision }: IMark, checked: IChecked): boolean {
  const said = checked.decision;
  return (
    checked.problem === null &&
    said?.view === 'ShowView' &&
    said.trust === 'own' &&
    said.id === decision &&
    said.data['subject'] === subject
  );
}

/** A time as the page's language writes it; the text itself where it is none. */
function when(at: string): string {
  const time = Date.parse(at);
  return Number.isNaN(time)
    ? at
    : new Intl.DateTimeFormat(document.documentElement.lang || 'en', {
        dateStyle: 'medium',
        timeStyle: 'short'
      }).format(time);
}
