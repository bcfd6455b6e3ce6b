import { type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';

import type { Ranking } from '../../model';
import { useLab } from '../lab';

/**
 * An order to be made by dragging, by its buttons or by keys.
 *
 * Arrows go from one to the next; with Alt they move the one that has the focus.
 */
export function RankingList({
  ranking,
  change,
  label,
  isOff = false
}: {
  ranking: Ranking;
  change: (ranking: Ranking) => void;
  label: string;
  isOff?: boolean;
}): JSX.Element {
  const { trans } = useLab();
  const { names } = ranking;
  const [active, setActive] = useState(names[0] ?? '');
  const [dragged, setDragged] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const moved = useRef<string | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const id = useId();
  const at = Math.max(0, names.indexOf(active));

  const reach = (name: string): void =>
    list.current?.querySelector<HTMLElement>(`[data-name="${CSS.escape(name)}"]`)?.focus();
  // The one that was moved keeps the keyboard.
  useLayoutEffect(() => {
    if (moved.current !== null) {
      reach(moved.current);
      moved.current = null;
    }
  });
  const move = (name: string, to: number): void => {
    const next = ranking.move(name, to);
    if (next !== ranking) {
      change(next);
      setActive(name);
      moved.current = name;
      setSaid(
        trans.__('%1 is now %2 of %3', name, next.names.indexOf(name) + 1, next.names.length)
      );
    }
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const name = names[at];
    if (by === undefined || name === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) {
      if (!isOff) {
        move(name, at + by);
      }
    } else {
      reach(names[at + by] ?? name);
    }
  };
  return (
    <>
      <ol
        ref={list}
        className="coai-Ranking"
        aria-label={label}
        aria-describedby={id}
        onKeyDown={keys}
      >
        {names.map((name, place) => (
          <li
            key={name}
            data-name={name}
            className={`coai-Ranking-item ${dragged === name ? 'coai-mod-dragged' : ''}`}
            tabIndex={place === at ? 0 : -1}
            aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
            draggable={!isOff}
            onFocus={() => setActive(name)}
            onDragStart={event => {
              setDragged(name);
              event.dataTransfer.effectAllowed = 'move';
              event.dataTransfer.setData('text/plain', name);
            }}
            onDragOver={event => {
              if (dragged !== null) {
                event.preventDefault();
              }
            }}
            onDrop={event => {
              event.preventDefault();
              if (dragged !== null) {
                move(dragged, place);
              }
              setDragged(null);
            }}
            onDragEnd={() => setDragged(null)}
          >
            <span className="coai-Ranking-grip" aria-hidden="true">
              ⠿
            </span>
            <span className="coai-Ranking-place">{place + 1}</span>
            <span className="coai-Ranking-name">{name}</span>
            <button
              type="button"
              tabIndex={-1}
              className="coai-Step"
              disabled={isOff || place === 0}
              aria-label={trans.__('Move %1 up', name)}
              onClick={() => move(name, place - 1)}
            >
              <span aria-hidden="true">↑</span>
            </button>
            <button
              type="button"
              tabIndex={-1}
              className="coai-Step"
              disabled={isOff || place === names.length - 1}
              aria-label={trans.__('Move %1 down', name)}
              onClick={() => move(name, place + 1)}
            >
              <span aria-hidden="true">↓</span>
            </button>
          </li>
        ))}
      </ol>
      <p id={id} className="coai-Hint">
        {trans.__('Drag, or Alt with the arrows.')}
      </p>
      <span role="status" className="coai-hidden">
        {said}
      </span>
    </>
  );
}
