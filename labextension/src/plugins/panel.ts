import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IAround } from '../api';
import type { ICellBrief } from '../components/lab';
import { PANEL_ID, PanelWidget, TAB_NAMES } from '../components/panel';
import { coimproveIcon } from '../icons';
import { ICoimprove, ICoimprovePanel, type TabName } from '../tokens';
import { Variables } from './variables';

const STATE = `${PANEL_ID}:tab`;

/** The side panel, restored with the tab that was in front. */
export const panel: JupyterFrontEndPlugin<ICoimprovePanel> = {
  id: 'jupyter-coimprove:panel',
  description: 'The side panel: what waits for a decision, experiments, chat, record.',
  autoStart: true,
  provides: ICoimprovePanel,
  requires: [ICoimprove, IRenderMimeRegistry],
  optional: [
    ILayoutRestorer,
    IStateDB,
    ICommandPalette,
    ITranslator,
    IEditorLanguageRegistry,
    INotebookTracker
  ],
  activate: (
    app: JupyterFrontEnd,
    coimprove: ICoimprove,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null,
    notebooks: INotebookTracker | null
  ): ICoimprovePanel => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const { contents } = app.serviceManager;
    const at = (path: string): NotebookPanel | undefined =>
      notebooks?.find(one => contents.localPath(one.context.path) === path);
    const cells = (path: string): readonly ICellBrief[] => {
      return [...(at(path)?.content.model?.cells ?? [])].map((cell, index) => ({
        id: cell.id,
        number: index + 1,
        text: cell.sharedModel.getSource()
      }));
    };
    const variables = new Variables(coimprove.api.server);
    const around = async (path: string): Promise<IAround> => {
      const open = at(path);
      const kernel = open?.sessionContext.session?.kernel;
      const live = kernel ? await variables.of(kernel) : undefined;
      return { cell: open?.content.activeCell?.model.id, live };
    };
    const widget = new PanelWidget({
      coimprove,
      trans,
      commands: app.commands,
      rendermime,
      languages,
      cells,
      activeCell: path => at(path)?.content.activeCell?.model.id ?? null,
      around
    });
    app.shell.add(widget, 'right', { rank: 700, type: 'jupyter-coimprove' });
    restorer?.add(widget, PANEL_ID);
    if (state) {
      void state.fetch(STATE).then(tab => {
        widget.selected = known(tab) ?? widget.selected;
        widget.selectedChanged.connect((_, name) => void state.save(STATE, name));
      });
    }
    const open = (tab?: TabName, id?: string): void => {
      widget.selected = tab ?? widget.selected;
      app.shell.activateById(PANEL_ID);
      if (id !== undefined) {
        // After what is activated has taken the focus.
        requestAnimationFrame(() => widget.seek(id));
      }
    };
    const labels: Record<TabName, string> = {
      inbox: trans.__('Show What Waits for a Decision'),
      experiments: trans.__('Show Experiments'),
      chat: trans.__('Show the Chat'),
      record: trans.__('Show the Record')
    };
    app.commands.addCommand('coimprove:open', {
      label: args => {
        const tab = known(args['tab']);
        return tab ? labels[tab] : trans.__('Show the Panel');
      },
      caption: trans.__('Show the panel of jupyter-coimprove'),
      icon: args => (args['isPalette'] ? undefined : coimproveIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: { tab: { type: 'string', enum: [...TAB_NAMES] }, id: { type: 'string' } }
        }
      },
      execute: args =>
        open(known(args['tab']), typeof args['id'] === 'string' ? args['id'] : undefined)
    });
    const category = trans.__('Coimprove');
    palette?.addItem({ command: 'coimprove:open', category });
    for (const tab of TAB_NAMES) {
      palette?.addItem({ command: 'coimprove:open', category, args: { tab, isPalette: true } });
    }
    return {
      open,
      get isVisible() {
        return widget.isVisible;
      }
    };
  }
};

function known(tab: unknown): TabName | undefined {
  return TAB_NAMES.find(name => name === tab);
}
