import { type KeyboardEvent, useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { FindingView } from '../../api';
import type { DecisionVerb, IDecideOptions, IWaiting } from '../../model';
import { Problem } from '../banner';
import { useDeciding } from '../inbox/deciding';
import { EditForm, RejectForm } from '../inbox/forms';
import { Outcome } from '../inbox/outcome';
import { useLab, useSignals } from '../lab';
import { Markdown } from '../markdown';
import { Replicate } from './replicate';

/**
 * The one finding of an experiment, to accept, edit, reject or defer where its evidence stands.
 *
 * Keys as in the Inbox while the card has the focus: a accepts, e edits, r rejects, d defers.
 */
export function FindingCard({
  id,
  path,
  door
}: {
  id: string;
  path: string | null;
  door: () => string;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { inbox, findings } = coimprove.models;
  useSignals(inbox.changed, inbox.decidedChanged, findings.changed, coimprove.health.changed);
  const [finding, setFinding] = useState<FindingView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [form, setForm] = useState<'edit' | 'reject' | null>(null);
  const deciding = useDeciding();
  const kept = findings.get(id, door());
  useEffect(() => {
    let isCurrent = true;
    kept.then(
      view => isCurrent && (setFinding(view), setProblem(null)),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    return () => {
      isCurrent = false;
    };
  }, [kept]);

  const row = inbox.rows.find(one => one.id === id);
  const isOff = !coimprove.health.writable || deciding.busy.size > 0;
  const may = row !== undefined && row.trust === 'own' && !isOff;
  const decide = (verb: DecisionVerb, options?: IDecideOptions): void => {
    setForm(null);
    if (row !== undefined) {
      void deciding.decide(verb, row, options);
    }
  };
  const keys = (event: KeyboardEvent): void => {
    const isField = (event.target as HTMLElement).matches('textarea, select, input');
    const does: Record<string, () => void> = {
      a: () => decide('accept'),
      e: () => setForm('edit'),
      r: () => setForm('reject'),
      d: () => decide('defer')
    };
    const act = does[event.key];
    if (act && may && !isField && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  return (
    <article
      className="coai-FindingCard"
      aria-label={trans.__('Finding')}
      aria-busy={deciding.busy.size > 0}
      tabIndex={0}
      onKeyDown={keys}
    >
      <h3 className="coai-Run-title">
        {trans.__('Finding')}
        {finding && <span className="coai-Kind">{stateOf(finding.state)}</span>}
      </h3>
      {problem && <Problem problem={problem} />}
      {finding === null && !problem && <p className="coai-Muted">{trans.__('Reading…')}</p>}
      {finding && (
        <div className="coai-ClaimText">
          <Markdown text={finding.claim} />
        </div>
      )}
      {form === 'reject' && (
        <RejectForm
          count={1}
          reasons={inbox.reasons}
          submit={reason => decide('reject', reason ? { reason } : {})}
          cancel={() => setForm(null)}
        />
      )}
      {form === 'edit' && finding && (
        <EditForm
          text={finding.claim}
          submit={text => decide('edit', { text })}
          cancel={() => setForm(null)}
        />
      )}
      {form === null && <Actions row={row} may={may} path={path} open={setForm} decide={decide} />}
      {row === undefined && finding && <Replicate finding={id} door={door} />}
      <Outcome outcome={deciding.outcome} undo={decided => void deciding.undo(decided)} />
    </article>
  );

  function stateOf(state: string): string {
    const words: Record<string, string> = {
      pending: trans.__('waits for you'),
      deferred: trans.__('deferred'),
      stale: trans.__('stale: its cell has changed'),
      accepted: trans.__('✓ accepted'),
      edited: trans.__('✓ accepted as edited'),
      rejected: trans.__('✕ rejected'),
      undone: trans.__('taken back')
    };
    return words[state] ?? state;
  }
}

function Actions({
  row,
  may,
  path,
  open,
  decide
}: {
  row: IWaiting | undefined;
  may: boolean;
  path: string | null;
  open: (form: 'edit' | 'reject') => void;
  decide: (verb: DecisionVerb) => void;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const where = row?.path ?? path;
  const button = (label: string, key: string, does: () => void, isFirst = false): JSX.Element => (
    <button
      type="button"
      className={`coai-Button ${isFirst ? 'coai-mod-primary' : ''}`}
      disabled={!may}
      aria-keyshortcuts={key}
      onClick={does}
    >
      {label}
    </button>
  );
  return (
    <div className="coai-Actions">
      {row !== undefined && (
        <>
          {button(trans.__('Accept'), 'a', () => decide('accept'), true)}
          {button(trans.__('Edit…'), 'e', () => open('edit'))}
          {button(trans.__('Reject…'), 'r', () => open('reject'))}
          {row.state !== 'deferred' && button(trans.__('Defer'), 'd', () => decide('defer'))}
        </>
      )}
      <button
        type="button"
        className="coai-Button"
        disabled={where === null}
        onClick={() =>
          where !== null && void coimprove.reveal(where, row?.cell_id || row?.cell || undefined)
        }
      >
        {row?.cell || row?.cell_id ? trans.__('Go to the cell') : trans.__('Open the notebook')}
      </button>
    </div>
  );
}
