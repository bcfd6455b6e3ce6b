import { Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

import { ApiError } from '../../api';
import { pathOf } from '../../model';
import type { ILab } from '../lab';

/** Open the notebook that a run left, to read: without a kernel, and nothing in it can be changed. */
export async function openRun(
  { coimprove, commands, trans }: ILab,
  root: string,
  run: string
): Promise<void> {
  const name = `coimprove/runs/${run}/output.ipynb`;
  const path = pathOf(coimprove.api.events.places.values(), root, name);
  if (path === null) {
    throw new ApiError(
      'usage',
      trans.__('the run lies outside of what this server shows'),
      trans.__('open %1 by another program', `${root}/${name}`)
    );
  }
  const kernelPreference = { shouldStart: false, canStart: false, autoStartDefault: false };
  const opened = (await commands.execute('docmanager:open', {
    path,
    factory: 'Notebook',
    kernelPreference
  })) as IDocumentWidget | undefined;
  const panel = opened as NotebookPanel | undefined;
  if (panel?.content?.model) {
    await panel.context.ready;
    keepAsItIs(
      panel,
      trans.__('What the run %1 left, to read: Save As makes a copy to go on with.', run)
    );
  }
}

/**
 * What a run left is evidence: nobody can change it or save over it.
 *
 * The title stays the file's name, since JupyterLab renames a file to what its tab says.
 */
function keepAsItIs(panel: NotebookPanel, words: string): void {
  const { model } = panel.content;
  if (model === null || model.readOnly) {
    return;
  }
  model.readOnly = true;
  const context: { save?: () => Promise<void>; readonly path: string } = panel.context;
  const folder = PathExt.dirname(context.path);
  const lock = (): void => {
    for (const cell of panel.content.widgets) {
      // Otherwise the cell's metadata would say so, in the file too.
      cell.syncEditable = false;
      cell.readOnly = true;
    }
  };
  lock();
  model.cells.changed.connect(lock);
  const note = new Widget();
  note.addClass('coai-RunNote');
  note.node.textContent = words;
  panel.contentHeader.addWidget(note);
  // JupyterLab saves what is asked to be saved, whatever its model says of itself.
  context.save = () => {
    Notification.info(words, { autoClose: 5000 });
    return Promise.resolve();
  };
  const unlock = (): void => {
    if (PathExt.dirname(context.path) === folder) {
      return;
    }
    // Saved as another file, which is nobody's evidence.
    panel.context.pathChanged.disconnect(unlock);
    model.cells.changed.disconnect(lock);
    delete context.save;
    model.readOnly = false;
    for (const cell of panel.content.widgets) {
      // Reads from the cell's metadata whether it can be edited.
      cell.syncEditable = true;
    }
    note.dispose();
  };
  panel.context.pathChanged.connect(unlock);
}
