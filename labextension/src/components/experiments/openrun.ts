import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { NotebookPanel } from '@jupyterlab/notebook';

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
    panel.content.model.readOnly = true;
    for (const cell of panel.content.widgets) {
      cell.readOnly = true;
    }
    panel.title.label = trans.__('%1 (to read)', run.slice(0, 12));
  }
}
