import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';

/**
 * Show a notebook, and in it one cell: by its id, or by its number from 1.
 *
 * A cell that is not there any more leaves the notebook as it is scrolled.
 */
export async function reveal(
  documents: IDocumentManager,
  path: string,
  cell?: number | string
): Promise<void> {
  const widget = documents.openOrReveal(path) as NotebookPanel | undefined;
  if (widget === undefined || cell === undefined) {
    return;
  }
  await widget.context.ready;
  await widget.revealed;
  const index = indexOf(widget.content, cell);
  if (index === -1) {
    return;
  }
  widget.content.deselectAll();
  widget.content.activeCellIndex = index;
  widget.content.mode = 'command';
  await widget.content.scrollToItem(index, 'center');
}

function indexOf(notebook: Notebook, cell: number | string): number {
  if (typeof cell === 'number') {
    return cell >= 1 && cell <= notebook.widgets.length ? cell - 1 : -1;
  }
  return notebook.widgets.findIndex(widget => widget.model.id === cell);
}
