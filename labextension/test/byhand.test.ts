import { NotebookModel } from '@jupyterlab/notebook/lib/model';
import { Signal } from '@lumino/signaling';
import type { NotebookPanel } from '@jupyterlab/notebook';

import type { ApplicationRow, EditRow } from '../src/api';
import { KEY } from '../src/model';
import { Book } from '../src/plugins/cells/book';
import { HandWatch } from '../src/plugins/cells/byhand';
import type { Shared } from '../src/plugins/cells/shared';

// Jupyter's shared cells read their Yjs types before these are in a document, and Yjs says so each time.
beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});
afterEach(() => void jest.useRealTimers());

/** An open notebook whose second cell was accepted, and what is told about it. */
async function opened(): Promise<{ shared: Shared; told: string[]; book: Book }> {
  const model = new NotebookModel();
  const { sharedModel: shared } = model;
  shared.insertCell(0, { cell_type: 'code', source: 'a', id: 'c0' } as Cell);
  shared.insertCell(1, { cell_type: 'code', source: 'b', id: 'c1' } as Cell);
  shared.getCell(1).setMetadata(KEY, { v: 1, decision: 'dec_1' });
  shared.clearUndoHistory();
  const content = { model, modelChanged: new Signal({}) };
  const panel = { content, context: { ready: Promise.resolve(), model }, isDisposed: false };
  const told: string[] = [];
  new HandWatch(panel as unknown as NotebookPanel, (decision, isGone) => {
    told.push(`${decision} ${isGone ? 'gone' : 'back'}`);
  });
  await Promise.resolve();
  return { shared, told, book: new Book(panel as unknown as NotebookPanel, () => 'x.ipynb') };
}

type Cell = Parameters<Shared['insertCell']>[1];

test('a cell that somebody deletes is gone, and it is back when they bring it back', async () => {
  const { shared, told } = await opened();
  shared.deleteCell(1);
  jest.advanceTimersByTime(900);
  expect(told).toEqual([]);
  jest.advanceTimersByTime(200);
  expect(told).toEqual(['dec_1 gone']);
  shared.undo();
  jest.advanceTimersByTime(1100);
  expect(told).toEqual(['dec_1 gone', 'dec_1 back']);
});

test('a cell that is moved, and one that nobody accepted, are not told of', async () => {
  const { shared, told } = await opened();
  shared.moveCell(1, 0);
  shared.deleteCell(1);
  jest.advanceTimersByTime(1100);
  expect(told).toEqual([]);
});

test('what only deletes stands when its cell is gone, and is taken back when it is there again', async () => {
  const { shared, book } = await opened();
  const address = { id: 'c0', ordinal: 0, digest: '', before: '', after: '' };
  const one = (edit: Partial<EditRow>): EditRow => ({ address, cell_id: '', ...edit }) as EditRow;
  const deleting = { decision: 'dec_2', undoes: '', edits: [one({ kind: 'delete' })] };
  const back: Pick<ApplicationRow, 'decision' | 'undoes' | 'edits'> = {
    decision: 'dec_3',
    undoes: 'dec_2',
    edits: [one({ kind: 'insert', address: null, cell_id: 'c0' })]
  };
  expect([book.stands(deleting), book.stands(back)]).toEqual([false, true]);
  shared.deleteCell(0);
  expect([book.stands(deleting), book.stands(back)]).toEqual([true, false]);
  expect(book.stands({ decision: 'dec_1', undoes: '' })).toBe(true);
  expect(book.stands({ decision: 'dec_9', undoes: '' })).toBe(false);
});
