import { FAILED, type GridRun, type RunGrid, rowKey } from '../../model';
import { useLab } from '../lab';
import { remedyOf, stateWords } from './words';

/** Which runs ended badly, why, and what to do about it: one line an arm and reason. */
export function Failures({
  grid,
  show
}: {
  grid: RunGrid;
  show: (spot: { row: string; block: number }) => void;
}): JSX.Element | null {
  const { trans } = useLab();
  const groups = new Map<string, GridRun[]>();
  for (const run of grid.runs) {
    if (FAILED.has(run.state)) {
      const key = `${run.arm}\n${run.state}\n${run.reason}`;
      groups.set(key, [...(groups.get(key) ?? []), run]);
    }
  }
  if (groups.size === 0) {
    return null;
  }
  return (
    <section className="coai-Failures" aria-label={trans.__('Runs that failed')}>
      <h3 className="coai-Run-title">{trans.__('What failed')}</h3>
      <ul className="coai-List">
        {[...groups].map(([key, runs]) => {
          const first = runs[0] as GridRun;
          const { sign, text } = stateWords(first.state, trans);
          return (
            <li key={key} className="coai-Failure">
              <button
                type="button"
                className="coai-Link"
                onClick={() =>
                  show({ row: rowKey(first.arm, first.replicate), block: first.block })
                }
              >
                <span aria-hidden="true">{sign} </span>
                {trans._n('%2: %1 run %3', '%2: %1 runs %3', runs.length, first.arm, text)}
              </button>
              {first.reason && <span className="coai-Muted"> ({first.reason})</span>}
              <span className="coai-Row-about">{remedyOf(first.state, first.reason, trans)}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
