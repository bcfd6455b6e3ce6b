import { NotebookModel } from '@jupyterlab/notebook/lib/model';

import type { ApplicationRow, EditRow } from '../src/api';
import { type ITag, StaleError } from '../src/model';
import { carryOut, type Shared, watchSteps } from '../src/plugins/cells/shared';

const OPTIONS = [true, false];

function book(disableDocumentWideUndoRedo: boolean, ...sources: string[]): Shared {
  const model = new NotebookModel({ disableDocumentWideUndoRedo });
  const shared = model.sharedModel;
  shared.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: sources.map((source, index) => ({
      id: `c${index}`,
      cell_type: 'code',
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    }))
  } as Parameters<Shared['fromJSON']>[0]);
  shared.clearUndoHistory();
  return shared;
}

// Jupyter's shared cells read their Yjs types before these are in a document, and Yjs says so each time.
beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));

let count = 0;
function application(
  edits: Partial<EditRow>[],
  more: Partial<ApplicationRow> = {}
): ApplicationRow {
  count += 1;
  const whole = edits.map(edit => ({
    kind: 'insert' as const,
    address: { id: 'c0', ordinal: 0, digest: '', before: '', after: '' },
    cell_kind: 'markdown' as const,
    source: `text ${count}`,
    base: '',
    was: '',
    cell_id: `coai-${count}`,
    cell: {},
    ...edit
  }));
  return {
    id: `app_${count}`,
    subject: `fnd_${count}`,
    decision: `dec_${count}`,
    notebook: 'x.ipynb',
    state: 'claimed',
    edits: whole,
    metadata: { v: 1, decision: `dec_${count}` },
    by: '',
    window: '',
    undoes: '',
    of: '',
    path: 'x.ipynb',
    why: '',
    remedy: '',
    ...more
  };
}

const said = (shared: Shared): string[] => shared.cells.map(cell => cell.getSource());

/** What was told about undo and redo, as words. */
function watched(shared: Shared): string[] {
  const told: string[] = [];
  const tell = ({ application: id, isTakingBack }: ITag, isUndo: boolean): void =>
    void told.push(`${isUndo ? 'undo' : 'redo'} ${id}${isTakingBack ? ' back' : ''}`);
  watchSteps(shared, tell);
  return told;
}

describe.each(OPTIONS)('where a document-wide undo is off: %s', off => {
  test('two decisions at once are two steps, and one undo takes the last one back', () => {
    const shared = book(off, 'a', 'b');
    const told = watched(shared);
    const [one, two] = [application([{}]), application([{}])];
    expect(carryOut(shared, one)).toEqual([one.edits[0]?.cell_id]);
    carryOut(shared, two);
    expect(said(shared)).toEqual(['a', two.edits[0]?.source, one.edits[0]?.source, 'b']);
    expect(shared.cells[1]?.getMetadata('coimprove')).toEqual(two.metadata);
    shared.undo();
    expect(said(shared)).toEqual(['a', one.edits[0]?.source, 'b']);
    expect(told).toEqual([`undo ${two.id}`]);
    shared.redo();
    shared.undo();
    shared.undo();
    expect(said(shared)).toEqual(['a', 'b']);
    expect(told.slice(1)).toEqual([`redo ${two.id}`, `undo ${two.id}`, `undo ${one.id}`]);
  });

  test('several edits are one step, with source and metadata', () => {
    const shared = book(off, 'a', 'b');
    const digest = 'src:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
    const both = application([
      { kind: 'replace', base: digest, source: 'b' },
      { source: 'after', cell_kind: 'code' }
    ]);
    // "b" is not what cell 1 says: the digest above is of "b".
    expect(() => carryOut(shared, both)).toThrow(StaleError);
    expect(said(shared)).toEqual(['a', 'b']);
    const real = { id: 'c1', ordinal: 1, digest, before: '', after: '' };
    const right = application([
      { kind: 'replace', address: real, base: digest, source: 'B' },
      { address: real, source: 'after', cell_kind: 'code' }
    ]);
    carryOut(shared, right);
    expect(said(shared)).toEqual(['a', 'B', 'after']);
    expect(shared.cells[1]?.getMetadata('coimprove')).toEqual(right.metadata);
    shared.undo();
    expect(said(shared)).toEqual(['a', 'b']);
    expect(shared.cells[1]?.getMetadata('coimprove')).toBeUndefined();
  });

  test('what a person does by hand is no step of an application', () => {
    const shared = book(off, 'a', 'b');
    const told = watched(shared);
    const one = application([{}]);
    carryOut(shared, one);
    shared.deleteCell(1);
    shared.undo();
    expect(said(shared)).toEqual(['a', one.edits[0]?.source, 'b']);
    expect(told).toEqual([]);
    shared.undo();
    expect(told).toEqual([`undo ${one.id}`]);
  });

  test('taking back is a step whose undo brings it back', () => {
    const shared = book(off, 'a', 'b');
    const one = application([{ source: 'b', cell_kind: 'code' }]);
    carryOut(shared, one);
    const told = watched(shared);
    const base = 'src:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
    const back = application([{ kind: 'delete', base, source: '' }], {
      undoes: one.decision,
      of: one.id
    });
    carryOut(shared, back);
    expect(said(shared)).toEqual(['a', 'b']);
    shared.undo();
    expect(said(shared)).toEqual(['a', 'b', 'b']);
    expect(told).toEqual([`undo ${one.id} back`]);
  });

  test('what is taken back has its outputs, its id and its earlier mark again', () => {
    const shared = book(off, 'a', 'b');
    const base = 'src:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';
    const mark = { v: 1, decision: 'dec_before' };
    const one = application([
      {
        kind: 'replace',
        address: { id: 'c1', ordinal: 1, digest: base, before: '', after: '' },
        base,
        source: 'b'
      }
    ]);
    carryOut(shared, one);
    const outputs = [{ output_type: 'stream', name: 'stdout', text: '2' }];
    const back = application(
      [
        { kind: 'replace', base, source: 'was', cell: { metadata: { coimprove: mark } } },
        {
          source: 'gone',
          cell_kind: 'code',
          cell_id: 'c9',
          cell: { metadata: { tags: ['t'] }, outputs, execution_count: 4 }
        }
      ],
      { undoes: one.decision, of: one.id }
    );
    carryOut(shared, back);
    expect(said(shared)).toEqual(['a', 'gone', 'was']);
    expect(shared.cells[2]?.getMetadata('coimprove')).toEqual(mark);
    expect(shared.cells[1]?.toJSON()).toMatchObject({
      id: 'c9',
      outputs,
      metadata: { tags: ['t'] },
      execution_count: 4
    });
  });
});
