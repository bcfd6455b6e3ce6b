import type { NotebookPanel } from '@jupyterlab/notebook';

import type { AddressRow, ApplicationRow } from '../../api';
import { decisionOf, find, type IBook, type IStanding, KEY } from '../../model';
import { carryOut, plainCells, type Shared } from './shared';

/** A notebook that is open in this window, as edits are carried out in it. */
export class Book implements IBook {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly where: () => string
  ) {}

  get path(): string {
    return this.where();
  }

  get isWritable(): boolean {
    const { contentsModel, model } = this.panel.context;
    return contentsModel?.writable !== false && model.readOnly !== true;
  }

  stands({ decision, undoes, edits = [] }: IStanding): boolean {
    const { cells } = this.#shared;
    const wanted = undoes || decision;
    const isMarked = cells.some(cell => decisionOf(cell.getMetadata(KEY)) === wanted);
    if (
      isMarked ||
      edits.length === 0 ||
      edits.some(edit => edit.kind !== (undoes ? 'insert' : 'delete'))
    ) {
      return undoes ? !isMarked : isMarked;
    }
    // What is only deleted leaves no mark: it is gone, or it is back.
    const ids = new Set(cells.map(cell => cell.getId()));
    return edits.every(({ address, cell_id }) =>
      undoes ? ids.has(cell_id) : find(plainCells(this.#shared), address as AddressRow) === -1
    );
  }

  carryOut(application: ApplicationRow): string[] {
    const { context } = this.panel;
    const wasSaved = !context.model.dirty;
    const cells = carryOut(this.#shared, application);
    // Where nothing else waits to be saved, what was acknowledged is in the file at once.
    if (wasSaved && !context.model.collaborative) {
      void context.save();
    }
    return cells;
  }

  get #shared(): Shared {
    const model = this.panel.context.model;
    return model.sharedModel;
  }
}
