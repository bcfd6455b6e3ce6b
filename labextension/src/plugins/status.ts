import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { createElement } from 'react';

import { StatusItem } from '../components/status';
import { ICoimprove, ICoimprovePanel } from '../tokens';

/** In the status bar: what waits, and which runs are live. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-coimprove:status',
  description: 'In the status bar: what waits for a decision, and runs that are live.',
  autoStart: true,
  requires: [ICoimprove, ICoimprovePanel],
  optional: [IStatusBar, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    coimprove: ICoimprove,
    panel: ICoimprovePanel,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const open = (): void => panel.open('inbox');
    const item = ReactWidget.create(createElement(StatusItem, { coimprove, trans, open }));
    bar?.registerStatusItem('jupyter-coimprove:status', { item, align: 'right', rank: 900 });
  }
};
