import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { ShowView } from '../../api';
import { FINAL, type GridRun, type RunGrid } from '../../model';
import { Problem } from '../banner';
import { useLab } from '../lab';
import { confirm, useAsking, Asking } from './asking';
import { openRun } from './openrun';
import { Pair } from './pair';
import { remedyOf, seconds, stateWords } from './words';

/** One run whole: state, time and where it went, its notebook, its log, another run beside it. */
export function RunDetails({
  run,
  grid,
  root,
  door,
  dropArm
}: {
  run: GridRun;
  grid: RunGrid;
  root: string;
  door: () => string;
  /** Drops its arm from the experiment; undefined where that cannot be. */
  dropArm?: (() => void) | undefined;
}): JSX.Element {
  const lab = useLab();
  const { coimprove, trans } = lab;
  const [log, setLog] = useState<ShowView | null>(null);
  const [isLogOpen, setIsLogOpen] = useState(false);
  const [other, setOther] = useState('');
  const [problem, setProblem] = useState<ApiError | null>(null);
  const asking = useAsking();
  const { sign, text } = stateWords(run.state, trans);
  const place = grid.blocks.indexOf(run.block) + 1;
  const isEnded = FINAL.has(run.state);
  useEffect(() => {
    if (!isLogOpen || run.id === '') {
      return;
    }
    let isCurrent = true;
    coimprove.api.verbs.call('show', { id: run.id }, door()).then(
      view => isCurrent && view.view === 'ShowView' && setLog(view),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    return () => {
      isCurrent = false;
    };
    // What it says changes with the run's state alone.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isLogOpen, run.id, run.state]);

  const cancel = async (): Promise<void> => {
    const isSure = await confirm(
      trans.__('Cancel this run?'),
      trans.__('It is recorded as a deviation and stands beside the results.'),
      trans.__('Cancel the run'),
      trans.__('Let it go on')
    );
    if (isSure) {
      await asking.ask('cancel', { target: run.id }, door(), trans.__('Cancelling'));
    }
  };
  const most = (run.cell_seconds ?? []).reduce((sum, one) => sum + one, 0);
  return (
    <section className="coai-Run" aria-label={trans.__('The run that is selected')}>
      <h3 className="coai-Run-title">
        {trans.__('%1, block %2', run.arm, place)}
        {run.replicate > 0 && ` · ${trans.__('repeated (%1)', run.replicate)}`}
      </h3>
      <p className="coai-Row-about">
        <span className={`coai-StateMark coai-mod-${run.state}`}>
          <span aria-hidden="true">{sign}</span> {text}
        </span>
        {run.reason && `: ${run.reason}`}
        {run.seconds !== null && ` · ${seconds(run.seconds, trans)}`}
        {run.state === 'running' && run.since && <Since at={run.since} />}
        {run.response && ` · ${trans.__('response %1', run.response)}`}
      </p>
      {run.shared && (run.shared.cells > 0 || run.shared.why) && (
        <p className="coai-Row-about">
          {run.shared.cells > 0
            ? trans.__(
                '%1 cells in common: %2, executed once · fork: %3 · its own: %4',
                run.shared.cells,
                seconds(run.shared.seconds, trans),
                seconds(run.shared.fork_s, trans),
                seconds(run.seconds, trans)
              )
            : trans.__('Executed whole: %1', run.shared.why)}
        </p>
      )}
      {run.slowest > 0 && run.cell_seconds && (
        <p className="coai-Row-about">
          {trans.__(
            'Most of the time in cell %1: %2 of %3 in cells',
            run.slowest,
            seconds(run.cell_seconds[run.slowest - 1] ?? 0, trans),
            seconds(most, trans)
          )}
        </p>
      )}
      {['failed', 'timed_out', 'lost'].includes(run.state) && (
        <p className="coai-Warning">{remedyOf(run.state, run.reason, trans)}</p>
      )}
      <div className="coai-Actions">
        {run.id !== '' && isEnded && (
          <button
            type="button"
            className="coai-Button"
            onClick={() => {
              openRun(lab, root, run.id).then(
                () => setProblem(null),
                (error: unknown) => setProblem(asApiError(error))
              );
            }}
          >
            {trans.__('Open its notebook')}
          </button>
        )}
        {run.id !== '' && run.state !== 'queued' && (
          <button
            type="button"
            className="coai-Button"
            aria-expanded={isLogOpen}
            onClick={() => setIsLogOpen(!isLogOpen)}
          >
            {trans.__('Log')}
          </button>
        )}
        {run.id !== '' && !isEnded && (
          <button
            type="button"
            className="coai-Button"
            disabled={!coimprove.health.writable || asking.label !== ''}
            onClick={() => void cancel()}
          >
            {trans.__('Cancel the run…')}
          </button>
        )}
        {dropArm && (
          <button
            type="button"
            className="coai-Button"
            disabled={!coimprove.health.writable}
            onClick={dropArm}
          >
            {trans.__('Drop the arm…')}
          </button>
        )}
      </div>
      {isEnded && <Others run={run} grid={grid} other={other} choose={setOther} />}
      <Asking asking={asking} />
      {problem && <Problem problem={problem} />}
      {isLogOpen &&
        (log ? (
          <pre className="coai-Code" tabIndex={0} aria-label={trans.__('Log of the run')}>
            {log.text}
          </pre>
        ) : (
          <p className="coai-Muted">{trans.__('Reading…')}</p>
        ))}
      {other && <Pair key={other} left={run.id} right={other} door={door} />}
    </section>
  );
}

/** Which run stands beside it: first those of the same block, as pairs are compared. */
function Others({
  run,
  grid,
  other,
  choose
}: {
  run: GridRun;
  grid: RunGrid;
  other: string;
  choose: (id: string) => void;
}): JSX.Element | null {
  const { trans } = useLab();
  const options = [
    ...grid.rows.map(row => grid.at(row.key, run.block)),
    ...grid.blocks.slice(0, 50).map(block => grid.at(run.arm, block))
  ].filter(one => one !== undefined && one.id !== '' && one.id !== run.id && FINAL.has(one.state));
  const unique = [...new Map(options.map(one => [one?.id, one])).values()];
  if (unique.length === 0) {
    return null;
  }
  return (
    <label className="coai-Compare">
      <span>{trans.__('Compare with')}</span>
      <select className="coai-Input" value={other} onChange={event => choose(event.target.value)}>
        <option value="">{trans.__('no other run')}</option>
        {unique.map(
          one =>
            one && (
              <option key={one.id} value={one.id}>
                {trans.__('%1, block %2', one.arm, grid.blocks.indexOf(one.block) + 1)}
                {one.replicate > 0 ? ` · ${trans.__('repeated (%1)', one.replicate)}` : ''}
              </option>
            )
        )}
      </select>
    </label>
  );
}

/** How long it has been running, counted here. */
export function Since({ at }: { at: string }): JSX.Element {
  const { trans } = useLab();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const took = Math.max(0, (now - Date.parse(at)) / 1000);
  return <> · {trans.__('for %1', seconds(Math.round(took), trans))}</>;
}
