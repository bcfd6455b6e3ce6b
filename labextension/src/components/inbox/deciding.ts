import { Dialog, showDialog } from '@jupyterlab/apputils';
import { useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { DecisionVerb, IDecided, IDecideOptions, IWaiting } from '../../model';
import { useLab } from '../lab';

/** What the last decision came to. */
export interface IOutcome {
  readonly text: string;
  /** What can be taken back by one press. */
  readonly decided?: IDecided;
  readonly problems: readonly ApiError[];
}

export interface IDeciding {
  /** Ids of the rows whose decision is on its way. */
  readonly busy: ReadonlySet<string>;
  readonly outcome: IOutcome | null;
  decide(verb: DecisionVerb, row: IWaiting, options?: IDecideOptions): Promise<void>;
  /** The same decision on several, one after the other, after the person has confirmed the count. */
  decideAll(verb: DecisionVerb, rows: readonly IWaiting[], reason?: string): Promise<boolean>;
  undo(decided?: IDecided): Promise<void>;
}

/** Decisions of the Inbox: what is on its way, what came of it, and the way back. */
export function useDeciding(): IDeciding {
  const { coimprove, trans } = useLab();
  const { inbox } = coimprove.models;
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [outcome, setOutcome] = useState<IOutcome | null>(null);

  const carryOut = async (
    verb: DecisionVerb,
    rows: readonly IWaiting[],
    options: IDecideOptions
  ): Promise<{ done: string[]; problems: ApiError[] }> => {
    const done: string[] = [];
    const problems: ApiError[] = [];
    setBusy(new Set(rows.map(row => row.id)));
    for (const row of rows) {
      try {
        done.push(await inbox.decide(verb, row, options));
      } catch (error) {
        problems.push(asApiError(error));
        // What stands in the record now is shown instead of what was believed.
        await inbox.refresh(row.root);
      }
    }
    setBusy(new Set());
    return { done, problems };
  };

  return {
    busy,
    outcome,
    decide: async (verb, row, options = {}) => {
      const { done, problems } = await carryOut(verb, [row], options);
      const decided = inbox.decided.find(one => one.row.id === row.id);
      setOutcome({ text: done[0] ?? '', problems, ...(decided && done.length ? { decided } : {}) });
    },
    decideAll: async (verb, rows, reason) => {
      const count = rows.length;
      const ask: Record<DecisionVerb, string> = {
        accept: trans._n('Accept %1?', 'Accept %1?', count),
        edit: '',
        reject: trans._n('Reject %1?', 'Reject %1?', count),
        defer: trans._n('Defer %1?', 'Defer %1?', count)
      };
      const named = rows.slice(0, 8).map(row => `· ${row.title}`);
      const more = count > 8 ? [trans.__('… and %1 more', count - 8)] : [];
      const answer = await showDialog({
        title: ask[verb],
        body: [...named, ...more, '', trans.__('Each can be taken back by itself.')].join('\n'),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.okButton({ label: ask[verb].replace('?', '') })
        ],
        focusNodeSelector: '.jp-mod-reject'
      });
      if (!answer.button.accept) {
        return false;
      }
      const { done, problems } = await carryOut(verb, rows, {
        ...(reason ? { reason } : {}),
        ...(rows.length > 1 ? { bulk: true } : {})
      });
      setOutcome({
        text: trans._n('%1 decided', '%1 decided', done.length),
        problems
      });
      return true;
    },
    undo: async decided => {
      try {
        setOutcome({ text: await inbox.undo(decided), problems: [] });
      } catch (error) {
        setOutcome({ text: '', problems: [asApiError(error)] });
      }
    }
  };
}
