import type { ForecastRow } from '../../api';
import { useLab } from '../lab';
import { visible } from '../markdown';

/** Predictions side by side, an arm a row in the order of the first; where another puts it elsewhere, it says how far. */
export function Forecasts({ rows }: { rows: readonly ForecastRow[] }): JSX.Element | null {
  const { trans } = useLab();
  const [first] = rows;
  if (first === undefined) {
    return null;
  }
  const place = (row: ForecastRow, arm: string): string => {
    const at = row.ranking.indexOf(arm);
    const by = first.ranking.indexOf(arm) - at;
    return at === -1 ? '–' : `${at + 1}${by ? (by > 0 ? ` ↑${by}` : ` ↓${-by}`) : ''}`;
  };
  const differs = first.ranking.filter(arm =>
    rows.some(row => row.ranking.indexOf(arm) !== first.ranking.indexOf(arm))
  );
  const isScored = rows.some(row => row.pairs > 0);
  return (
    <div className="coai-Scroll" tabIndex={0} role="group" aria-label={trans.__('Predictions')}>
      <table className="coai-Table">
        <caption>
          {rows.length < 2
            ? trans.__('Predicted')
            : differs.length > 0
              ? trans.__('Predictions; they differ on %1', differs.map(visible).join(', '))
              : trans.__('Predictions; they agree')}
        </caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('Arm')}</th>
            {rows.map(({ by, kind }) => (
              <th key={kind + by} scope="col">
                {kind === 'ai' ? trans.__('%1 (AI)', visible(by)) : visible(by)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first.ranking.map(arm => (
            <tr key={arm}>
              <th scope="row">{visible(arm)}</th>
              {rows.map(row => (
                <td key={row.kind + row.by}>{place(row, arm)}</td>
              ))}
            </tr>
          ))}
          {isScored && (
            <tr>
              <th scope="row" title={trans.__('Pairs of arms that came in the predicted order')}>
                {trans.__('Pairs right')}
              </th>
              {rows.map(row => (
                <td key={row.kind + row.by}>
                  {row.pairs ? trans.__('%1 of %2', row.agreeing, row.pairs) : '–'}
                </td>
              ))}
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
