import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { PairRow, PairView } from '../../api';
import { Problem } from '../banner';
import { Diff } from '../diff';
import { useLab } from '../lab';
import { seconds } from './words';

/** Two runs beside each other: parameters, metrics, and cell by cell. */
export function Pair({
  left,
  right,
  door
}: {
  left: string;
  right: string;
  door: () => string;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const [view, setView] = useState<PairView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [isAll, setIsAll] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    coimprove.api.verbs.call('show', { id: left, other: right }, door()).then(
      found => isCurrent && found.view === 'PairView' && (setView(found), setProblem(null)),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    return () => {
      isCurrent = false;
    };
    // Two runs that ended do not change.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [coimprove, left, right]);
  if (problem) {
    return <Problem problem={problem} />;
  }
  if (view === null) {
    return <p className="coai-Muted">{trans.__('Reading…')}</p>;
  }
  const cells = view.cells.filter(cell => isAll || !cell.same);
  return (
    <div className="coai-Pair" role="group" aria-label={trans.__('Two runs')}>
      {view.warnings.map(warning => (
        <p key={warning} className="coai-Warning">
          {warning}
        </p>
      ))}
      <PairTable
        caption={trans.__('Parameters')}
        rows={view.parameters}
        left={view.left.arm}
        right={view.right.arm}
      />
      {view.metrics.length > 0 && (
        <PairTable
          caption={trans.__('Metrics')}
          rows={view.metrics}
          left={view.left.arm}
          right={view.right.arm}
        />
      )}
      {cells.map(cell => (
        <details key={cell.cell} className="coai-Arm">
          <summary>
            {trans.__('Cell %1', cell.cell)}
            {cell.same ? ` · ${trans.__('the same')}` : ` · ${trans.__('differs')}`}
            {` · ${seconds(cell.left_seconds, trans)} | ${seconds(cell.right_seconds, trans)}`}
          </summary>
          {cell.diff ? (
            <Diff text={cell.diff} />
          ) : (
            <p className="coai-Muted">{trans.__('The code is the same.')}</p>
          )}
          {[
            [view.left.arm, cell.left_output] as const,
            [view.right.arm, cell.right_output] as const
          ].map(
            ([arm, output], side) =>
              output && (
                <div key={side}>
                  <p className="coai-Muted">{trans.__('Output of %1', arm)}</p>
                  <pre className="coai-Code" tabIndex={0}>
                    {output}
                  </pre>
                </div>
              )
          )}
        </details>
      ))}
      {view.cells.some(cell => cell.same) && (
        <button type="button" className="coai-Link" onClick={() => setIsAll(!isAll)}>
          {isAll ? trans.__('Only cells that differ') : trans.__('Also cells that are the same')}
        </button>
      )}
    </div>
  );
}

function PairTable({
  caption,
  rows,
  left,
  right
}: {
  caption: string;
  rows: readonly PairRow[];
  left: string;
  right: string;
}): JSX.Element {
  const { trans } = useLab();
  return (
    <div className="coai-Scroll" tabIndex={0} role="group" aria-label={caption}>
      <table className="coai-Table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('Name')}</th>
            <th scope="col">{left}</th>
            <th scope="col">{right}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={row.name} className={row.same ? '' : 'coai-mod-differs'}>
              <th scope="row">
                {row.name}
                {!row.same && (
                  <>
                    <span aria-hidden="true"> ≠</span>
                    <span className="coai-hidden"> {trans.__('differs')}</span>
                  </>
                )}
              </th>
              <td>{row.left ?? '–'}</td>
              <td>{row.right ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
