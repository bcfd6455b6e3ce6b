import { Problem } from '../banner';
import { ago } from '../inbox/words';
import { useLab } from '../lab';
import { visible } from '../markdown';
import { useAsked } from './asked';
import { TrailButton } from './trailbutton';

interface IOfRoot {
  readonly root: string;
  /** An open notebook, through which the record is asked. */
  readonly door: string;
}

/** Who decided what, when, why, and how the record knows who it was. */
export function Trail({ root, door, words }: IOfRoot & { words: readonly string[] }): JSX.Element {
  const { trans } = useLab();
  const { view, problem } = useAsked('trail', {}, door, root, ['decision']);
  const rows = (view?.decisions ?? []).filter(row => {
    const said = [row.verb, row.subject, row.title, row.by, row.reason]
      .join(' ')
      .toLocaleLowerCase();
    return words.every(word => said.includes(word));
  });
  return (
    <>
      <h3 className="coai-Record-head">{trans.__('Decisions')}</h3>
      {problem && <Problem problem={problem} />}
      {view && rows.length === 0 && (
        <p className="coai-Empty">
          {view.decisions.length > 0
            ? trans.__('No decision has these words.')
            : trans.__('Nothing was decided yet.')}
        </p>
      )}
      <ul className="coai-List" aria-label={trans.__('Decisions')}>
        {rows.map(row => (
          <li key={row.id} className="coai-Row">
            <span className="coai-Row-title">
              {visible(row.verb)}{' '}
              <TrailButton id={row.subject} root={root} path={door} className="coai-Link">
                {visible(row.title || row.subject)}
              </TrailButton>
            </span>
            <span className="coai-Row-about" title={visible(row.at)}>
              {trans.__('%1 (%2, by %3) · %4', visible(row.by), row.kind, row.auth, ago(row.at))}
              {row.trust !== 'own' && ` · ${trans.__('foreign, unverified')}`}
            </span>
            {row.reason && <p className="coai-Record-why">{visible(row.reason)}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}

/** How predictions did so far, by forecaster. */
export function Skill({ root, door }: IOfRoot): JSX.Element {
  const { trans } = useLab();
  const { view, problem } = useAsked('skill', {}, door, root, ['prediction', 'experiment']);
  return (
    <>
      <h3 className="coai-Record-head">{trans.__('Predictions')}</h3>
      {problem && problem.code !== 'nothing_to_do' && <Problem problem={problem} />}
      {problem?.code === 'nothing_to_do' && (
        <p className="coai-Empty">
          {trans.__('No prediction was scored yet. Rank the arms of a plan before it runs.')}
        </p>
      )}
      {view && (
        <div className="coai-TableBox coai-Record-skill" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">{trans.__('Forecaster')}</th>
                <th scope="col" className="coai-mod-right">
                  {trans.__('Experiments')}
                </th>
                <th scope="col" className="coai-mod-right">
                  {trans.__('Pairs in order')}
                </th>
                <th scope="col" className="coai-mod-right">
                  {trans.__('Brier score')}
                </th>
              </tr>
            </thead>
            <tbody>
              {view.forecasters.map((row, number) => (
                <tr key={number}>
                  <td>
                    {visible(String(row['by']))} ({visible(String(row['kind']))})
                  </td>
                  <td className="coai-mod-right">{String(row['experiments'])}</td>
                  <td className="coai-mod-right">
                    {trans.__('%1 of %2', String(row['agreeing']), String(row['pairs']))}
                  </td>
                  <td className="coai-mod-right">
                    {typeof row['brier'] === 'number' ? row['brier'].toFixed(3) : '–'}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {view.shared.map((row, number) => (
            <p key={number}>{visible(String(row['sentence'] ?? ''))}</p>
          ))}
        </div>
      )}
    </>
  );
}
