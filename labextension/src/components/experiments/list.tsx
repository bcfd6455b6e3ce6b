import { PathExt } from '@jupyterlab/coreutils';
import { type KeyboardEvent, useRef, useState } from 'react';

import type { IExperiment, IFilter } from '../../model';
import { FilterBar } from '../inbox/filterbar';
import { useLab, useSignals } from '../lab';
import { More } from '../more';
import { countWords, seconds, stateWords } from './words';

/** So many are drawn at once; the next ones come when they are asked for. */
const PAGE = 100;
const LIVE = ['running', 'paused', 'registered'];

/** All experiments, those that live first, then the newest. */
export function ExperimentList({ plan }: { plan: (path: string) => void }): JSX.Element {
  const { commands, coimprove, trans } = useLab();
  const { experiments } = coimprove.models;
  const { books, health } = coimprove;
  useSignals(books.changed, health.changed);
  const [filter, setFilter] = useState<IFilter>({ scope: 'open', text: '' });
  const [active, setActive] = useState<string | null>(null);
  const [shown, setShown] = useState(PAGE);
  const list = useRef<HTMLUListElement>(null);

  const all = sorted(experiments.rows);
  const isOpen = (row: IExperiment): boolean => row.path !== null && books.paths.includes(row.path);
  const words = filter.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const rows = all.filter(row => {
    const inScope =
      filter.scope === 'all' ||
      (filter.scope === 'front' ? row.path === books.current : isOpen(row));
    const said = `${row.question} ${row.notebook} ${row.state} ${row.id}`.toLocaleLowerCase();
    return inScope && words.every(word => said.includes(word));
  });
  const index = Math.max(
    0,
    rows.findIndex(row => row.id === active)
  );
  const front = books.current;

  const keys = (event: KeyboardEvent): void => {
    const to: Record<string, number> = {
      ArrowDown: index + 1,
      j: index + 1,
      ArrowUp: index - 1,
      k: index - 1,
      Home: 0,
      End: Math.min(rows.length, shown) - 1
    };
    const row = rows[to[event.key] ?? -1];
    if (row) {
      event.preventDefault();
      event.stopPropagation();
      setActive(row.id);
      list.current?.querySelector<HTMLElement>(`[data-id="${row.id}"]`)?.focus();
    }
  };

  return (
    <>
      {all.length > 0 && (
        <FilterBar
          filter={filter}
          change={setFilter}
          shown={rows.length}
          hasProject={all.some(row => !isOpen(row))}
        />
      )}
      <div className="coai-Bar">
        <button
          type="button"
          className="coai-Button coai-mod-primary"
          disabled={front === null || !health.writable}
          onClick={() => front !== null && plan(front)}
        >
          {front === null
            ? trans.__('New plan')
            : trans.__('New plan from %1', PathExt.basename(front))}
        </button>
        <button
          type="button"
          className="coai-Button"
          disabled={front === null || !health.writable}
          title={trans.__('Runs its baseline several times: what differences it can show')}
          onClick={() => void commands.execute('coimprove:noise')}
        >
          {trans.__('Noise…')}
        </button>
      </div>
      {rows.length === 0 && (
        <Empty total={all.length} widen={() => setFilter({ scope: 'all', text: '' })} />
      )}
      <ul ref={list} className="coai-List" aria-label={trans.__('Experiments')} onKeyDown={keys}>
        {rows.slice(0, shown).map((row, place) => (
          <li key={row.id} className="coai-Row coai-ExperimentRow">
            <button
              type="button"
              className="coai-ExperimentRow-button"
              data-id={row.id}
              data-coai-begin=""
              tabIndex={place === index ? 0 : -1}
              onFocus={() => setActive(row.id)}
              onClick={() => experiments.select(row.id)}
            >
              <ExperimentLine row={row} />
            </button>
          </li>
        ))}
      </ul>
      <More left={rows.length - shown} page={PAGE} show={() => setShown(shown + PAGE)} />
    </>
  );
}

function ExperimentLine({ row }: { row: IExperiment }): JSX.Element {
  const { trans } = useLab();
  const { sign, text } = stateWords(row.state, trans);
  const lost = row.state === 'running' && !row.alive;
  return (
    <>
      <span className="coai-Row-title">{row.question || row.id}</span>
      <span className="coai-Row-about">
        <span className={`coai-StateMark coai-mod-${row.state}`}>
          <span aria-hidden="true">{sign}</span> {text}
        </span>
        {lost && <span className="coai-State"> · {trans.__('its runner is gone')}</span>}
        {' · '}
        {row.notebook}
      </span>
      {row.total > 0 && (
        <span className="coai-Row-about">
          {countWords(Object.entries(row.counts), trans)}
          {' · '}
          {trans._n('of %1 run', 'of %1 runs', row.total)}
          {row.left_s !== null && ` · ${trans.__('%1 left', seconds(row.left_s, trans))}`}
        </span>
      )}
      {row.waiting && <span className="coai-Row-about">{row.waiting}</span>}
    </>
  );
}

function Empty({ total, widen }: { total: number; widen: () => void }): JSX.Element {
  const { coimprove, trans } = useLab();
  const { experiments } = coimprove.models;
  if (total > 0) {
    return (
      <div className="coai-Empty">
        <p>{trans.__('No experiment here; there are some elsewhere in these projects.')}</p>
        <button type="button" className="coai-Button" onClick={widen}>
          {trans.__('Show all')}
        </button>
      </div>
    );
  }
  if (experiments.problem !== null || coimprove.health.problem !== null) {
    return <></>;
  }
  if (coimprove.books.paths.length === 0) {
    return <p className="coai-Empty">{trans.__('Open a notebook to see its experiments.')}</p>;
  }
  return (
    <p className="coai-Empty">
      {experiments.isReady
        ? trans.__(
            'No experiment yet. A plan says what is varied, how often it runs and what is compared; nothing runs before you accept it.'
          )
        : trans.__('Reading…')}
    </p>
  );
}

function sorted(rows: readonly IExperiment[]): readonly IExperiment[] {
  // Ids begin with the time at which they were made.
  const rank = (row: IExperiment): number => (LIVE.includes(row.state) ? 0 : 1);
  return [...rows].sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? 1 : -1));
}
