import type { AddressRow, ApplicationRow, EditRow } from '../api';
import { digestSource } from './digest';

/** A cell of the open notebook, as far as edits look at it. */
export interface IPlainCell {
  readonly id: string;
  readonly source: string;
  /** The decision by which it stands there, by its own metadata. */
  readonly decision?: string | undefined;
}

/** One change by its place now; carry them out in the order in which they are given. */
export type Change =
  | { kind: 'insert'; index: number; edit: EditRow }
  | { kind: 'replace'; index: number; edit: EditRow }
  | { kind: 'delete'; index: number; edit: EditRow };

/** What an edit stands on has changed: it is not carried out. */
export class StaleError extends Error {}

/** Digests of sources that are compared, each computed once. */
class Digests {
  constructor(private readonly cells: readonly IPlainCell[]) {}

  of(index: number): string {
    const cell = this.cells[index];
    if (cell === undefined) {
      return '';
    }
    const known = this.#known[index] ?? digestSource(cell.source);
    this.#known[index] = known;
    return known;
  }

  readonly #known: string[] = [];
}

/**
 * Where an address is now, or -1 when it is gone or cannot be told apart.
 *
 * By its id where it has one; else the same source, nearest in neighbours and place (notebooks before 4.5).
 */
export function find(cells: readonly IPlainCell[], address: AddressRow): number {
  return at(cells, address, new Digests(cells));
}

function at(cells: readonly IPlainCell[], address: AddressRow, digests: Digests): number {
  if (address.id !== null) {
    return cells.findIndex(cell => cell.id === address.id);
  }
  let [best, likeness] = [-1, -Infinity];
  cells.forEach((_, index) => {
    if (digests.of(index) !== address.digest) {
      return;
    }
    const neighbours =
      Number(digests.of(index - 1) === address.before) +
      Number(digests.of(index + 1) === address.after);
    const like = neighbours * cells.length - Math.abs(index - address.ordinal);
    if (like > likeness) {
      [best, likeness] = [index, like];
    }
  });
  return best;
}

/** Whether what was decided stands in the notebook already: a cell says so of itself. */
export function stands(cells: readonly IPlainCell[], decision: string): boolean {
  return cells.some(cell => cell.decision === decision);
}

/**
 * The changes of an application, from the last cell to the first.
 *
 * All edits address the notebook as given; several inserts after one cell keep their order. Throws
 * a StaleError when a cell is gone or no longer holds what the edit is based on.
 */
export function changes(
  cells: readonly IPlainCell[],
  application: Pick<ApplicationRow, 'edits' | 'undoes'>
): Change[] {
  const digests = new Digests(cells);
  const found = application.undoes
    ? back(cells, digests, application.edits, application.undoes)
    : application.edits.map(edit => [target(cells, digests, edit), edit] as const);
  const touched = found.filter(([, edit]) => edit.kind !== 'insert').map(([index]) => index);
  if (new Set(touched).size < touched.length) {
    throw new StaleError('two edits touch the same cell');
  }
  const made = found.map(([index, edit], number): [number, number, Change] => {
    const isInsert = edit.kind === 'insert';
    return [index, number, { kind: edit.kind, index: isInsert ? index + 1 : index, edit }];
  });
  // Later cells first, so that places stay true; after one cell the later insert first, then the cell itself.
  const rank = (change: Change): number => (change.kind === 'insert' ? 0 : 1);
  made.sort(([a, m, one], [b, n, two]) => b - a || rank(one) - rank(two) || n - m);
  return made.map(([, , change]) => change);
}

function target(cells: readonly IPlainCell[], digests: Digests, edit: EditRow): number {
  if (edit.address === null) {
    if (edit.kind !== 'insert') {
      throw new StaleError(`a ${edit.kind} edit names no cell`);
    }
    return -1;
  }
  const where = `cell ${edit.address.ordinal + 1}`;
  const index = at(cells, edit.address, digests);
  if (index === -1) {
    throw new StaleError(`${where} is gone or has changed`);
  }
  if (edit.kind !== 'insert' && digests.of(index) !== edit.base) {
    throw new StaleError(`${where} has changed since this was proposed`);
  }
  return index;
}

/** What takes a decision back: cells are found by their mark; what is gone already needs no edit. */
function back(
  cells: readonly IPlainCell[],
  digests: Digests,
  edits: readonly EditRow[],
  decision: string
): (readonly [number, EditRow])[] {
  const marked = cells.flatMap((cell, index) => (cell.decision === decision ? [index] : []));
  const out: (readonly [number, EditRow])[] = [];
  for (const edit of edits) {
    if (edit.kind === 'insert') {
      out.push([target(cells, digests, edit), edit]);
      continue;
    }
    const place = marked.findIndex(index => digests.of(index) === edit.base);
    marked.splice(place, place === -1 ? 0 : 1).forEach(index => out.push([index, edit]));
  }
  for (const index of marked) {
    throw new StaleError(`cell ${index + 1} was changed since it was accepted`);
  }
  return out;
}
