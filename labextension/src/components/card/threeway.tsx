import { useEffect, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { ThreeTexts, ThreeWayView } from '../../api';
import type { IWaiting } from '../../model';
import { Problem } from '../banner';
import { useCards } from './surroundings';

/** A stale one three ways: what it stands on, what it proposes, and what the notebook says now. */
export function ThreeWay({ row }: { row: IWaiting }): JSX.Element {
  const { coimprove, trans } = useCards();
  const [view, setView] = useState<ThreeWayView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const { verbs } = coimprove.api;
  const door = coimprove.models.inbox.door(row);
  useEffect(() => {
    let isCurrent = true;
    verbs.call('show', { id: row.id, three_way: true }, door).then(
      shown => isCurrent && shown.view === 'ThreeWayView' && setView(shown),
      (error: unknown) => isCurrent && setProblem(asApiError(error))
    );
    return () => {
      isCurrent = false;
    };
  }, [verbs, door, row.id, row.changed]);
  if (problem) {
    return <Problem problem={problem} />;
  }
  return (
    <div aria-busy={view === null}>
      <p className="coai-Warning">
        {trans.__(
          'What it stands on has changed since. It is not written before it is decided anew.'
        )}
      </p>
      {view?.texts.map((texts, number) => (
        <Texts key={number} texts={texts} />
      ))}
      {view?.texts.length === 0 && (
        <p className="coai-Muted">{trans.__('Nothing of it can be compared any more.')}</p>
      )}
    </div>
  );
}

function Texts({ texts }: { texts: ThreeTexts }): JSX.Element {
  const { trans } = useCards();
  const gone = trans.__('(not known)');
  const columns: readonly [string, string][] = [
    [trans.__('Stands on'), texts.base ?? gone],
    [trans.__('Proposed'), texts.kind === 'delete' ? trans.__('(taken out)') : texts.proposed],
    [trans.__('Now, in the file'), texts.now ?? trans.__('(the cell is gone)')]
  ];
  return (
    <div className="coai-ThreeWay">
      {columns.map(([label, text]) => (
        <section key={label} aria-label={label}>
          <h4>{label}</h4>
          <pre className="coai-Code" tabIndex={0}>
            {text}
          </pre>
        </section>
      ))}
    </div>
  );
}
