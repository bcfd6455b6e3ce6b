import { type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';

import type { IWaiting } from '../../model';
import { useLab } from '../lab';
import { More } from '../more';
import type { IDeciding } from './deciding';
import { type Form, Row } from './row';

/** So many rows are drawn at once; the next ones come when they are asked for. */
const PAGE = 100;

/**
 * What waits, one row active at a time.
 *
 * Keys where no field is written in: j, k and the arrows move; a accepts, Shift+A accepts and runs, e edits,
 * r rejects, d defers, x selects, Enter goes to the cell.
 */
export function InboxList({
  rows,
  deciding,
  selected,
  select
}: {
  rows: readonly IWaiting[];
  deciding: IDeciding;
  selected: ReadonlySet<string>;
  select: (id: string, isSelected: boolean) => void;
}): JSX.Element {
  const { coimprove, trans, panel } = useLab();
  // Null until somebody comes here: nothing is read in full for a panel that nobody looks at.
  const [at, setAt] = useState<{ id: string; index: number } | null>(null);
  const [form, setForm] = useState<Form>(null);
  const [claim, setClaim] = useState('');
  const [shown, setShown] = useState(PAGE);
  const isInside = useRef(false);
  const list = useRef<HTMLUListElement>(null);

  const found = rows.findIndex(row => row.id === at?.id);
  // Where the active row has gone, the one in its place is active.
  const index = found === -1 ? Math.min(at?.index ?? 0, rows.length - 1) : found;
  const active = rows[index];

  const focus = (id: string): void =>
    list.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus();
  useLayoutEffect(() => {
    if (isInside.current && active && !list.current?.contains(document.activeElement)) {
      focus(active.id);
    }
  }, [active]);

  const activate = (row: IWaiting, takeFocus = false): void => {
    if (row.id !== active?.id) {
      setForm(null);
    }
    setAt({ id: row.id, index: rows.indexOf(row) });
    if (takeFocus) {
      focus(row.id);
    }
  };
  const close = (): void => {
    setForm(null);
    if (active) {
      focus(active.id);
    }
  };
  const canDecide = coimprove.health.writable;
  const mayDecide = (row: IWaiting): boolean =>
    canDecide && row.trust === 'own' && !deciding.busy.has(row.id);
  const jump = (row: IWaiting): void => {
    if (row.path !== null) {
      void coimprove.reveal(row.path, row.cell_id || row.cell || undefined);
    }
  };
  const edit = (row: IWaiting): void => {
    if (row.kind === 'experiment') {
      coimprove.models.experiments.select(row.id);
      panel.open('experiments');
    } else if (row.kind === 'finding') {
      void coimprove.models.inbox.details(row).then(view => {
        setClaim(view.view === 'FindingView' ? view.claim : row.title);
        setForm('edit');
      });
    } else if (row.kind === 'proposal') {
      // Its cells are edited where they would be.
      jump(row);
    }
  };

  const keys = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    const isField = target.matches('textarea, select, input:not([type="checkbox"])');
    if (isField || event.ctrlKey || event.metaKey || event.altKey || !active) {
      return;
    }
    const to: Record<string, number> = {
      j: index + 1,
      ArrowDown: index + 1,
      k: index - 1,
      ArrowUp: index - 1,
      Home: 0,
      End: Math.min(rows.length, shown) - 1
    };
    const does: Record<string, () => void> = {
      a: () => void deciding.decide('accept', active),
      A: () => void deciding.decide('accept', active, { run: active.kind === 'experiment' }),
      e: () => edit(active),
      r: () => setForm('reject'),
      d: () => void deciding.decide('defer', active)
    };
    const row = rows[to[event.key] ?? -1];
    if (row) {
      activate(row, true);
    } else if (does[event.key] && mayDecide(active)) {
      does[event.key]?.();
    } else if (event.key === 'x') {
      select(active.id, !selected.has(active.id));
    } else if (event.key === 'Enter' && target.matches('li')) {
      jump(active);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <ul
        ref={list}
        className="coai-List"
        aria-label={trans.__('What waits for a decision')}
        onKeyDown={keys}
        onFocus={() => (isInside.current = true)}
        onBlur={event => {
          // A row that was decided takes the focus with it: that is not leaving.
          if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) {
            isInside.current = false;
          }
        }}
      >
        {rows.slice(0, shown).map(row => (
          <Row
            key={row.id}
            row={row}
            isActive={row.id === active?.id}
            isOpen={at !== null && row.id === active?.id}
            isBusy={deciding.busy.has(row.id)}
            isSelected={selected.has(row.id)}
            canDecide={canDecide}
            form={row.id === active?.id ? form : null}
            claim={claim}
            activate={() => activate(row)}
            select={isSelected => select(row.id, isSelected)}
            open={next => (next === null ? close() : setForm(next))}
            jump={() => jump(row)}
            edit={() => edit(row)}
            decide={(verb, options) => {
              close();
              void deciding.decide(verb, row, options);
            }}
          />
        ))}
      </ul>
      <More left={rows.length - shown} page={PAGE} show={() => setShown(shown + PAGE)} />
    </>
  );
}
