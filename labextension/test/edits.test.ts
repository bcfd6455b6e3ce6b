import { createHash } from 'node:crypto';

import type { AddressRow, EditRow } from '../src/api';
import {
  changes,
  digestSource,
  find,
  type IPlainCell,
  readMark,
  sha256,
  StaleError
} from '../src/model';

function cellsOf(...sources: string[]): IPlainCell[] {
  return sources.map((source, index) => ({ id: `c${index}`, source }));
}

/** The address of a cell as the server gives it; without its id as in notebooks before 4.5. */
function address(cells: readonly IPlainCell[], ordinal: number, hasId = true): AddressRow {
  const digest = (index: number): string => {
    const cell = cells[index];
    return cell ? digestSource(cell.source) : '';
  };
  return {
    id: hasId ? cells[ordinal]!.id : null,
    ordinal,
    digest: digest(ordinal),
    before: digest(ordinal - 1),
    after: digest(ordinal + 1)
  };
}

function edit(
  kind: EditRow['kind'],
  cells: readonly IPlainCell[],
  ordinal: number,
  source = '',
  hasId = true
): EditRow {
  const where = ordinal < 0 ? null : address(cells, ordinal, hasId);
  const base = kind === 'insert' ? '' : digestSource(cells[ordinal]!.source);
  return { kind, address: where, cell_kind: 'code', source, base, was: '', cell_id: '', cell: {} };
}

/** The sources of a notebook in which the changes were carried out, in their order. */
function carriedOut(cells: readonly IPlainCell[], edits: EditRow[], undoes = ''): string[] {
  const sources = cells.map(cell => cell.source);
  for (const { kind, index, edit: change } of changes(cells, { edits, undoes })) {
    sources.splice(index, kind === 'insert' ? 0 : 1, ...(kind === 'delete' ? [] : [change.source]));
  }
  return sources;
}

test.each(['', 'abc', 'ä → 🙂', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), 'y'.repeat(1000)])(
  'sha256 of %j is that of everybody else',
  text => {
    const bytes = new TextEncoder().encode(text);
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
);

test('line ends do not make another source, and a lone surrogate is a question mark', () => {
  expect(digestSource('a\r\nb\rc')).toBe(digestSource('a\nb\nc'));
  expect(digestSource('a\uD800b')).toBe(digestSource('a?b'));
  expect(digestSource('🙂')).not.toBe(digestSource('??'));
});

test('inserts, replacements and deletions all address the notebook as it was given', () => {
  const cells = cellsOf('a', 'b', 'c');
  const edits = [
    edit('insert', cells, -1, 'top'),
    edit('insert', cells, 0, 'a1'),
    edit('insert', cells, 0, 'a2'),
    edit('replace', cells, 1, 'B'),
    edit('insert', cells, 1, 'b1'),
    edit('delete', cells, 2)
  ];
  expect(carriedOut(cells, edits)).toEqual(['top', 'a', 'a1', 'a2', 'B', 'b1']);
});

test('a cell that was moved is found by its id, wherever it is', () => {
  const before = cellsOf('a', 'b', 'c');
  const now = [before[2]!, before[0]!, before[1]!];
  expect(carriedOut(now, [edit('replace', before, 2, 'C')])).toEqual(['C', 'a', 'b']);
});

test('without ids, the nearest of the cells with that source is meant', () => {
  const before = cellsOf('x', 'same', 'y', 'same', 'z');
  const where = address(before, 3, false);
  const now = cellsOf('new', 'x', 'same', 'y', 'same', 'z');
  expect(find(now, where)).toBe(4);
  expect(find(cellsOf('same', 'z', 'same'), where)).toBe(0);
  expect(find(cellsOf('same', 'q', 'q', 'same'), where)).toBe(3);
  expect(carriedOut(now, [edit('insert', before, 3, 'after', false)])[5]).toBe('after');
});

test('what has changed or is gone is stale, and nothing is carried out', () => {
  const before = cellsOf('a', 'b');
  const changed = cellsOf('a', 'b # mine');
  expect(() => carriedOut(changed, [edit('replace', before, 1, 'B')])).toThrow(StaleError);
  expect(() => carriedOut(cellsOf('a'), [edit('delete', before, 1)])).toThrow('cell 2 is gone');
  expect(() => carriedOut(changed, [edit('insert', before, 1, 'n', false)])).toThrow(StaleError);
  // With an id, an insert stands on the place alone.
  expect(carriedOut(changed, [edit('insert', before, 1, 'n')])).toEqual(['a', 'b # mine', 'n']);
  const both = [edit('replace', before, 1, 'B'), edit('delete', before, 1)];
  expect(() => carriedOut(before, both)).toThrow('same cell');
});

test('what is taken back is found by its mark, and not touched where a person changed it', () => {
  const cells: IPlainCell[] = [
    { id: 'a', source: 'a' },
    { id: 'n', source: 'new', decision: 'dec_1' }
  ];
  const back = { ...edit('delete', cells, 1), address: { ...address(cells, 1), id: 'gone' } };
  expect(carriedOut(cells, [back], 'dec_1')).toEqual(['a']);
  expect(carriedOut(cells, [back], 'dec_2')).toEqual(['a', 'new']);
  const mine = [cells[0]!, { ...cells[1]!, source: 'new, and mine' }];
  expect(() => carriedOut(mine, [back], 'dec_1')).toThrow('changed since it was accepted');
});

const SUBJECT = `fnd_${'0'.repeat(26)}`;

test.each([
  [undefined, null],
  ['text', { problem: 'malformed' }],
  [[1], { problem: 'malformed' }],
  [{ finding: SUBJECT }, { problem: 'malformed' }],
  [{ v: 1, finding: 7 }, { problem: 'malformed' }],
  [{ v: 1, finding: '<img src=x>' }, { problem: 'malformed' }],
  [{ v: 2, finding: SUBJECT }, { problem: 'version' }]
])('metadata %j is read as %j', (value, wanted) => {
  expect(readMark(value)).toEqual(wanted);
});

test('a mark is what the cell says, and what it leaves out is empty', () => {
  const mark = readMark({ v: 1, finding: SUBJECT, decided_by: 'Zoë', decision: ['no text'] });
  expect(mark).toMatchObject({ subject: SUBJECT, decidedBy: 'Zoë', decision: '', model: '' });
});
