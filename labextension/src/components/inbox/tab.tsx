import { useState } from 'react';

import { filtered, type IFilter, type IWaiting } from '../../model';
import { Problem } from '../banner';
import { useLab, useSignals } from '../lab';
import { Bulk } from './bulk';
import { useDeciding } from './deciding';
import { FilterBar } from './filterbar';
import { InboxList } from './list';
import { Outcome } from './outcome';

/** What waits for a decision, over all open notebooks. */
export function InboxTab(): JSX.Element {
  const { coimprove, trans } = useLab();
  const { inbox } = coimprove.models;
  const { books, health } = coimprove;
  useSignals(inbox.changed, inbox.decidedChanged, books.changed, health.changed);
  const [filter, setFilter] = useState<IFilter>({ scope: 'open', text: '' });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const deciding = useDeciding();

  const all = inbox.rows;
  const rows = filtered(all, filter, books.current);
  // What went, or is filtered away, is decided on by nobody.
  const selected = rows.filter(row => chosen.has(row.id));
  const select = (id: string, isSelected: boolean): void => {
    const next = new Set(chosen);
    if (isSelected) {
      next.add(id);
    } else {
      next.delete(id);
    }
    setChosen(next);
  };
  const selectAll = (some: readonly IWaiting[]): void =>
    setChosen(new Set(some.map(row => row.id)));

  return (
    <div className="coai-Inbox">
      {inbox.problem && (
        <Problem problem={inbox.problem} retry={() => void inbox.refresh()}>
          {all.length > 0 && (
            <p>{trans.__('What is shown was read before; it may have changed meanwhile.')}</p>
          )}
        </Problem>
      )}
      {all.length > 0 && (
        <FilterBar
          filter={filter}
          change={setFilter}
          shown={rows.length}
          hasProject={all.some(row => !row.isOpen)}
        />
      )}
      <Outcome outcome={deciding.outcome} undo={decided => void deciding.undo(decided)} />
      {selected.length > 0 && (
        <Bulk
          rows={rows}
          selected={selected}
          selectAll={selectAll}
          decide={async (verb, some, reason) => {
            if (await deciding.decideAll(verb, some, reason)) {
              setChosen(new Set());
            }
          }}
        />
      )}
      {rows.length > 0 ? (
        <InboxList
          rows={rows}
          deciding={deciding}
          selected={new Set(selected.map(row => row.id))}
          select={select}
        />
      ) : (
        <Empty total={all.length} widen={() => setFilter({ scope: 'all', text: '' })} />
      )}
    </div>
  );
}

function Empty({ total, widen }: { total: number; widen: () => void }): JSX.Element {
  const { coimprove, trans } = useLab();
  const { inbox } = coimprove.models;
  if (total > 0) {
    return (
      <div className="coai-Empty">
        <p>
          {trans._n('Nothing here; %1 waits elsewhere.', 'Nothing here; %1 wait elsewhere.', total)}
        </p>
        <button type="button" className="coai-Button" onClick={widen}>
          {trans.__('Show all')}
        </button>
      </div>
    );
  }
  if (inbox.problem !== null || coimprove.health.problem !== null) {
    return <></>;
  }
  if (coimprove.books.paths.length === 0) {
    return <p className="coai-Empty">{trans.__('Open a notebook to see what waits there.')}</p>;
  }
  return (
    <p className="coai-Empty">
      {inbox.isReady
        ? trans.__(
            'Nothing waits for a decision. Plans, findings and checks of open notebooks appear here.'
          )
        : trans.__('Reading…')}
    </p>
  );
}
