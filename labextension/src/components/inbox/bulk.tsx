import { useState } from 'react';

import type { DecisionVerb, IWaiting } from '../../model';
import { useLab } from '../lab';
import { RejectForm } from './forms';

/** One decision on several: how many, which, and only after a confirmation. */
export function Bulk({
  rows,
  selected,
  selectAll,
  decide
}: {
  rows: readonly IWaiting[];
  selected: readonly IWaiting[];
  selectAll: (rows: readonly IWaiting[]) => void;
  decide: (verb: DecisionVerb, rows: readonly IWaiting[], reason?: string) => Promise<void>;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const [isRejecting, setIsRejecting] = useState(false);
  const own = selected.filter(row => row.trust === 'own');
  const off = own.length === 0 || !coimprove.health.writable;
  const button = (label: string, does: () => void): JSX.Element => (
    <button type="button" className="coai-Button" disabled={off} onClick={does}>
      {label}
    </button>
  );
  return (
    <div className="coai-Bulk" role="group" aria-label={trans.__('Decide on what is selected')}>
      <span role="status">{trans._n('%1 selected', '%1 selected', selected.length)}</span>
      <button type="button" className="coai-Link" onClick={() => selectAll(rows)}>
        {trans.__('All %1', rows.length)}
      </button>
      <button type="button" className="coai-Link" onClick={() => selectAll([])}>
        {trans.__('None')}
      </button>
      {isRejecting ? (
        <RejectForm
          count={own.length}
          reasons={coimprove.models.inbox.reasons}
          submit={reason => void decide('reject', own, reason).then(() => setIsRejecting(false))}
          cancel={() => setIsRejecting(false)}
        />
      ) : (
        <div className="coai-Actions">
          {button(trans.__('Accept %1', own.length), () => void decide('accept', own))}
          {button(trans.__('Reject %1…', own.length), () => setIsRejecting(true))}
          {button(trans.__('Defer %1', own.length), () => void decide('defer', own))}
        </div>
      )}
    </div>
  );
}
