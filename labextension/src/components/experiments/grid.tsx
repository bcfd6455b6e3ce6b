import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

import type { RunGrid } from '../../model';
import { useLab } from '../lab';
import { countWords, seconds, stateWords } from './words';

const CELL = 26;
const ROW = 40;
const HEAD = 22;
/** Of the names of the arms, which stay where they are. */
const NAME = 132;
/** Drawn beyond what is seen, so that scrolling shows no gaps. */
const SPARE = 4;
const MOST_ROWS = 9;

interface ISpot {
  readonly row: string;
  readonly block: number;
}

/**
 * Runs by arm and block; only what is seen is drawn, so that ten thousand stay quick.
 *
 * Arrows, Home, End and the page keys move; the active cell is shown whole below the grid.
 */
export function Grid({
  grid,
  active,
  activate
}: {
  grid: RunGrid;
  active: ISpot | null;
  activate: (row: string, block: number) => void;
}): JSX.Element {
  const { trans } = useLab();
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ left: 0, top: 0, width: 600, height: 400 });
  const wantsFocus = useRef(false);
  const { rows, blocks } = grid;

  useEffect(() => {
    const node = box.current;
    if (node === null) {
      return;
    }
    const look = (): void =>
      setSeen({
        left: node.scrollLeft,
        top: node.scrollTop,
        width: node.clientWidth,
        height: node.clientHeight
      });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, []);

  const at = {
    row: Math.max(0, active === null ? 0 : rows.findIndex(row => row.key === active.row)),
    block: Math.max(0, active === null ? 0 : blocks.indexOf(active.block))
  };
  const first = Math.max(0, Math.floor(seen.left / CELL) - SPARE);
  const last = Math.min(blocks.length, Math.ceil((seen.left + seen.width - NAME) / CELL) + SPARE);
  const top = Math.max(0, Math.floor(seen.top / ROW) - SPARE);
  const bottom = Math.min(rows.length, Math.ceil((seen.top + seen.height) / ROW) + SPARE);

  useEffect(() => {
    if (wantsFocus.current) {
      wantsFocus.current = false;
      box.current?.querySelector<HTMLElement>('[role="gridcell"][tabindex="0"]')?.focus();
    }
  });
  const go = (row: number, block: number): void => {
    const toRow = Math.max(0, Math.min(rows.length - 1, row));
    const toBlock = Math.max(0, Math.min(blocks.length - 1, block));
    const node = box.current;
    const [found, number] = [rows[toRow], blocks[toBlock]];
    if (found === undefined || number === undefined || node === null) {
      return;
    }
    const x = toBlock * CELL;
    const room = node.clientWidth - NAME - CELL;
    node.scrollLeft = Math.min(x, Math.max(node.scrollLeft, x - room));
    const y = toRow * ROW;
    const tall = node.clientHeight - HEAD - ROW;
    node.scrollTop = Math.min(y, Math.max(node.scrollTop, y - tall));
    wantsFocus.current = true;
    activate(found.key, number);
  };
  const keys = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((seen.width - NAME) / CELL));
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [at.row, at.block - 1],
      ArrowRight: [at.row, at.block + 1],
      ArrowUp: [at.row - 1, at.block],
      ArrowDown: [at.row + 1, at.block],
      Home: [event.ctrlKey ? 0 : at.row, 0],
      End: [event.ctrlKey ? rows.length - 1 : at.row, blocks.length - 1],
      PageUp: [at.row, at.block - page],
      PageDown: [at.row, at.block + page]
    };
    const to = moves[event.key];
    if (to !== undefined && !event.altKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      go(...to);
    }
  };

  const shown = blocks.slice(first, last);
  return (
    <div
      ref={box}
      className="coai-Grid"
      role="grid"
      aria-label={trans.__('Runs by arm and block')}
      aria-rowcount={rows.length + 1}
      aria-colcount={blocks.length + 1}
      style={{ maxHeight: HEAD + MOST_ROWS * ROW + 16 }}
      onKeyDown={keys}
    >
      <div
        className="coai-Grid-all"
        role="presentation"
        style={{ width: NAME + blocks.length * CELL, height: HEAD + rows.length * ROW }}
      >
        <div className="coai-Grid-head" role="row" aria-rowindex={1} style={{ height: HEAD }}>
          <span className="coai-Grid-name" role="columnheader" style={{ width: NAME }}>
            {trans.__('Block')}
          </span>
          {shown.map((block, place) => (
            <span
              key={block}
              className="coai-Grid-block"
              role="columnheader"
              aria-colindex={first + place + 2}
              title={trans.__('Block %1 draws from %2', first + place + 1, block)}
              style={{ left: NAME + (first + place) * CELL, width: CELL }}
            >
              {first + place + 1}
            </span>
          ))}
        </div>
        {rows.slice(top, bottom).map((row, down) => {
          const sums = grid.sums(row.key);
          const name =
            row.replicate > 0 ? trans.__('%1, repeated (%2)', row.arm, row.replicate) : row.arm;
          const time = [
            sums.seconds === null ? '' : trans.__('∅ %1', seconds(sums.seconds, trans)),
            sums.slowest ? trans.__('cell %1', sums.slowest) : ''
          ].filter(Boolean);
          const whole = [
            sums.seconds === null
              ? ''
              : trans.__('%1 a run on average', seconds(sums.seconds, trans)),
            sums.slowest ? trans.__('most of it in cell %1', sums.slowest) : ''
          ]
            .filter(Boolean)
            .join(', ');
          const place = top + down;
          return (
            <div
              key={row.key}
              className="coai-Grid-row"
              role="row"
              aria-rowindex={place + 2}
              style={{ top: HEAD + place * ROW, height: ROW }}
            >
              <span
                className="coai-Grid-name"
                role="rowheader"
                title={[name, countWords(sums.counts, trans), whole].join('\n')}
                style={{ width: NAME }}
              >
                <span className="coai-Grid-arm">{name}</span>
                <span className="coai-Grid-time" aria-hidden="true">
                  {time.join(' · ')}
                </span>
                <span className="coai-hidden">
                  {[countWords(sums.counts, trans), whole].filter(Boolean).join(', ')}
                </span>
              </span>
              {shown.map((block, right) => {
                const run = grid.at(row.key, block);
                const left = NAME + (first + right) * CELL;
                if (run === undefined) {
                  return null;
                }
                const { sign, text } = stateWords(run.state, trans);
                const isActive = place === at.row && first + right === at.block;
                const took = run.seconds === null ? '' : `, ${seconds(run.seconds, trans)}`;
                return (
                  <span
                    key={block}
                    role="gridcell"
                    aria-colindex={first + right + 2}
                    aria-selected={active !== null && isActive}
                    aria-label={`${trans.__('%1, block %2: %3', name, first + right + 1, text)}${took}`}
                    title={`${text}${took}`}
                    tabIndex={isActive ? 0 : -1}
                    {...(isActive ? { 'data-coai-begin': '' } : {})}
                    className={`coai-Grid-cell coai-mod-${run.state}`}
                    style={{ left, width: CELL - 2 }}
                    onClick={() => go(place, first + right)}
                    onFocus={() => (active === null || !isActive) && activate(row.key, block)}
                  >
                    <span aria-hidden="true">{sign}</span>
                  </span>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
