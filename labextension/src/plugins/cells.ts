import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { CodeCell } from '@jupyterlab/cells';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { INotebookTracker, NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { MARKDOWN } from '../components/card/surroundings';
import type { ILab } from '../components/lab';
import { Carrier } from '../model';
import { ICoimprove, ICoimprovePanel } from '../tokens';
import { Book } from './cells/book';
import { addCardCommands } from './cells/commands';
import { HandWatch } from './cells/byhand';
import { PanelCards } from './cells/observer';
import { watchSteps } from './cells/shared';

const PLAIN = 'text/plain';

/** Curation in place: what waits stands below its cell, and what is accepted is carried out in the open notebook. */
export const cells: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-coimprove:cells',
  description: 'What waits for a decision, at the cell that it concerns.',
  autoStart: true,
  requires: [ICoimprove, ICoimprovePanel, INotebookTracker, IEditorServices, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    coimprove: ICoimprove,
    panel: ICoimprovePanel,
    notebooks: INotebookTracker,
    editorServices: IEditorServices,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const { commands, serviceManager } = app;
    const lab: ILab = { coimprove, trans, commands, rendermime, panel };
    const { api, models } = coimprove;
    const open = new Map<NotebookPanel, { book: Book; cards: PanelCards }>();
    const pathOf = ({ context }: NotebookPanel): string =>
      serviceManager.contents.localPath(context.path);
    const at = (path: string): [NotebookPanel, Book] | undefined => {
      for (const [one, { book }] of open) {
        if (book.path === path && one.context.isReady && !one.isDisposed) {
          return [one, book];
        }
      }
      return undefined;
    };
    const carrier = new Carrier(api.events, api.applications, path => at(path)?.[1] ?? null);
    models.inbox.carries = path =>
      path !== null && at(path)?.[1].isWritable ? api.applications.window : '';
    const toRun = new Set<string>();
    const runAfter = (subject: string): void => void toRun.add(subject);

    models.inbox.decidedChanged.connect((_, decided) => {
      if (decided) {
        carrier.decided(decided.row.id, decided.row.path, decided.claimed);
      }
    });
    carrier.carried.connect((_, { path, application, cells }) => {
      const notebook = at(path)?.[0];
      if (notebook && toRun.delete(application.subject)) {
        const code = notebook.content.widgets.filter(
          cell => cell instanceof CodeCell && cells.includes(cell.model.id)
        );
        void NotebookActions.runCells(notebook.content, code, notebook.sessionContext);
      }
    });
    carrier.problem.connect((_, { message, remedy }) => {
      Notification.error(remedy ? `${message}: ${remedy}` : message);
    });

    notebooks.widgetAdded.connect((_, notebook) => {
      const { content, context } = notebook;
      const surroundings = {
        editorServices,
        carrier,
        // Before its kernel is there, a notebook may not know how its own code is coloured.
        mimeOf: (kind: string, language: string) =>
          kind !== 'code'
            ? MARKDOWN
            : content.codeMimetype === PLAIN
              ? editorServices.mimeTypeService.getMimeTypeByLanguage({ name: language })
              : content.codeMimetype,
        paired: () => {
          const said = context.model.getMetadata('jupytext') as { formats?: unknown } | undefined;
          return typeof said?.formats === 'string' ? said.formats : '';
        },
        save: () => void context.save(),
        leave: () => {
          content.mode = 'command';
          content.activeCell?.node.focus();
        }
      };
      // Cells that are deleted by hand are an undo of what put them there, by the decision they name.
      new HandWatch(notebook, (application, isGone) =>
        carrier.stepped(pathOf(notebook), { application, isTakingBack: false }, isGone)
      );
      const cards = new PanelCards(notebook, () => pathOf(notebook), lab, surroundings, {
        inbox: models.inbox,
        carrier,
        runAfter
      });
      open.set(notebook, { book: new Book(notebook, () => pathOf(notebook)), cards });
      void context.ready.then(() => {
        const end = watchSteps(context.model.sharedModel, (tag, isUndo) =>
          carrier.stepped(pathOf(notebook), tag, isUndo)
        );
        notebook.disposed.connect(end);
        context.saveState.connect((_, state) => {
          // What did not fit the file may fit it now.
          const path = pathOf(notebook);
          const isOff = (state: string): boolean => state === 'stale' || state === 'orphaned';
          if (state === 'completed') {
            models.inbox.rows
              .filter(row => row.path === path && isOff(row.state))
              .slice(0, 1)
              .forEach(row => void models.inbox.refresh(row.root));
          }
        });
        carrier.opened(pathOf(notebook));
      });
      notebook.disposed.connect(() => open.delete(notebook));
    });
    // A notebook that was read-only may be written once it is read again: what waited for that goes in.
    app.commands.commandExecuted.connect((_, { id, result }) => {
      const notebook = notebooks.currentWidget;
      if (id === 'docmanager:reload' && notebook) {
        // Where it could not be read, Lab has said so.
        const read = (): void => carrier.opened(pathOf(notebook));
        void result.then(read, () => undefined);
      }
    });
    addCardCommands(
      app.commands,
      trans,
      coimprove,
      notebooks,
      notebook => open.get(notebook)?.cards
    );
  }
};
