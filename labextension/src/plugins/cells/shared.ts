import type { INotebookModel } from '@jupyterlab/notebook';

import type { ApplicationRow, EditRow } from '../../api';
import { changes, decisionOf, type IPlainCell, type ITag, KEY } from '../../model';

/** The shared model of an open notebook. */
export type Shared = INotebookModel['sharedModel'];

/** One step of the notebook's undo: what of it we use. It is Yjs' `StackItem`. */
interface IStep {
  readonly meta: Map<unknown, unknown>;
}

interface IPopped {
  readonly stackItem: IStep;
  readonly type: 'undo' | 'redo';
}

/** Yjs' `UndoManager`, which the shared notebook has and its interface does not name. */
interface ISteps {
  readonly undoStack: readonly IStep[];
  readonly redoStack: readonly IStep[];
  stopCapturing(): void;
  on(name: 'stack-item-popped', does: (popped: IPopped) => void): void;
  off(name: 'stack-item-popped', does: (popped: IPopped) => void): void;
}

function steps(shared: Shared): ISteps {
  return (shared as unknown as { undoManager: ISteps }).undoManager;
}

/** Under this name, the undo step of an application says which one it is. */
const TAG = 'coimprove';

/** A cell of the shared model; its source is read where somebody looks at it. */
class PlainCell implements IPlainCell {
  constructor(private readonly cell: Shared['cells'][number]) {}

  get id(): string {
    return this.cell.getId();
  }

  get source(): string {
    return this.cell.getSource();
  }

  get decision(): string {
    return decisionOf(this.cell.getMetadata(KEY));
  }
}

export function plainCells(shared: Shared): IPlainCell[] {
  return shared.cells.map(cell => new PlainCell(cell));
}

/**
 * Put the edits of an application into the shared model, as exactly one undo step; the ids of cells that hold it.
 *
 * Throws a StaleError before anything is changed.
 */
export function carryOut(shared: Shared, application: ApplicationRow): string[] {
  const todo = changes(plainCells(shared), application);
  const undoManager = steps(shared);
  const touched: string[] = [];
  const ids = new Set(shared.cells.map(cell => cell.getId()));
  // Two decisions within half a second would be one step otherwise.
  undoManager.stopCapturing();
  const before = undoManager.undoStack.length;
  shared.transact(() => {
    for (const { kind, index, edit } of todo) {
      if (kind === 'insert') {
        const cell = shared.insertCell(index, {
          metadata: application.undoes ? {} : { [KEY]: application.metadata },
          // What is brought back has its outputs and metadata again.
          ...edit.cell,
          cell_type: edit.cell_kind,
          source: edit.source,
          ...(edit.cell_id && !ids.has(edit.cell_id) ? { id: edit.cell_id } : {})
        } as Parameters<Shared['insertCell']>[1]);
        touched.push(cell.getId());
      } else if (kind === 'delete') {
        shared.deleteCell(index);
      } else {
        replace(shared, index, edit, application);
        touched.push(shared.getCell(index).getId());
      }
    }
  });
  undoManager.stopCapturing();
  const step = undoManager.undoStack[undoManager.undoStack.length - 1];
  if (step !== undefined && undoManager.undoStack.length > before) {
    const isTakingBack = application.undoes !== '';
    const tag: ITag = {
      application: isTakingBack ? application.of : application.id,
      isTakingBack
    };
    step.meta.set(TAG, tag);
  }
  return touched.reverse();
}

type Marked = Readonly<Record<string, ApplicationRow['metadata']>>;

function replace(
  shared: Shared,
  index: number,
  { source, cell: before }: EditRow,
  { undoes, metadata }: ApplicationRow
): void {
  const cell = shared.getCell(index);
  cell.setSource(source);
  // What was accepted there before says so again.
  const mark = undoes ? (before['metadata'] as Marked | undefined)?.[KEY] : metadata;
  if (mark === undefined) {
    cell.deleteMetadata(KEY);
  } else {
    cell.setMetadata(KEY, mark);
  }
}

/** Whether the notebook's next undo (or redo) is of what an application did. */
export function isStepNext(shared: Shared, type: 'undo' | 'redo'): boolean {
  const { undoStack, redoStack } = steps(shared);
  const stack = type === 'undo' ? undoStack : redoStack;
  return stack[stack.length - 1]?.meta.has(TAG) === true;
}

/** Be told when an undo or a redo takes back or brings back what an application did; the result ends it. */
export function watchSteps(
  shared: Shared,
  stepped: (tag: ITag, isUndo: boolean) => void
): () => void {
  const undoManager = steps(shared);
  const popped = ({ stackItem, type }: IPopped): void => {
    const tag = stackItem.meta.get(TAG) as ITag | undefined;
    if (tag === undefined) {
      return;
    }
    // The step that leads the other way is a new one: it does for the same application.
    const other = type === 'undo' ? undoManager.redoStack : undoManager.undoStack;
    other[other.length - 1]?.meta.set(TAG, tag);
    stepped(tag, type === 'undo');
  };
  undoManager.on('stack-item-popped', popped);
  return () => undoManager.off('stack-item-popped', popped);
}
