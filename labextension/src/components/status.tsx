import type { ICoimprove } from '../tokens';
import { useSignals } from './lab';
import type { TranslationBundle } from '@jupyterlab/translation';
import { coimproveIcon } from '../icons';

/** In the status bar: what waits, and runs that are live. Opens the panel. */
export function StatusItem({
  coimprove,
  trans,
  open
}: {
  coimprove: ICoimprove;
  trans: TranslationBundle;
  open: () => void;
}): JSX.Element {
  const { inbox, experiments } = coimprove.models;
  useSignals(inbox.changed, experiments.changed, coimprove.health.changed);
  const waiting = inbox.waiting.length;
  const live = experiments.liveRuns;
  const parts = coimprove.health.problem
    ? [trans.__('not connected')]
    : [
        ...(waiting ? [trans._n('%1 waits', '%1 wait', waiting)] : []),
        ...(live ? [trans._n('%1 run', '%1 runs', live)] : [])
      ];
  const text = parts.join(' · ');
  return (
    <button
      type="button"
      className="coai-Status"
      onClick={open}
      aria-label={trans.__('jupyter-coimprove: %1', text || trans.__('nothing waits'))}
    >
      <coimproveIcon.react tag="span" className="coai-Status-icon" width="14px" height="14px" />
      {text}
    </button>
  );
}
