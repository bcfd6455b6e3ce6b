import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { ICell, IOutput } from '@jupyterlab/nbformat';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { asApiError, type VerbTable } from '../api';
import { quoted } from '../components/chat/named';
import { pathOf } from '../model';
import { ICoimprove, ICoimprovePanel } from '../tokens';
import { planFrom } from './planning';
import { carryOut } from './running';
import { VERB_COMMANDS, type IVerbCommand } from './verbcommands';

/** The verbs as commands: in the palette, the menu and the menu of a cell. What cannot be done is disabled. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-coimprove:commands',
  description: 'The verbs as commands, in the palette, the menu and the menu of a cell.',
  autoStart: true,
  requires: [ICoimprove, ICoimprovePanel],
  optional: [INotebookTracker, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    coimprove: ICoimprove,
    panel: ICoimprovePanel,
    notebooks: INotebookTracker | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const category = trans.__('Coimprove');
    const { books, health, models, ai } = coimprove;
    const can: Record<IVerbCommand['needs'], () => boolean> = {
      notebook: () => books.current !== null && health.writable,
      decided: () => models.inbox.decided.length > 0 && health.writable,
      nothing: () => true
    };
    const does = actions(app, coimprove, panel, notebooks, trans);
    let table: VerbTable = {};
    // Without it commands have their labels alone; that the server does not answer is said in the panel.
    void coimprove.api.verbs.table().then(
      found => (table = found),
      () => (table = {})
    );
    for (const { id, label, needs, verb } of VERB_COMMANDS) {
      app.commands.addCommand(id, {
        label: label(trans),
        // The verb's own help, as every door has it.
        caption: () => table[verb]?.help ?? '',
        describedBy: { args: { type: 'object', properties: {} } },
        isEnabled: can[needs],
        execute: () => does[verb]?.()
      });
      palette?.addItem({ command: id, category });
    }
    app.commands.addCommand('coimprove:toggle-ai', {
      label: trans.__('Use AI'),
      caption: trans.__('Whether a model may be asked for anything'),
      describedBy: { args: { type: 'object', properties: {} } },
      isToggleable: true,
      isToggled: () => ai.on,
      execute: () => {
        ai.on = !ai.on;
      }
    });
    palette?.addItem({ command: 'coimprove:toggle-ai', category });
    const changed = (): void => app.commands.notifyCommandChanged();
    [books.changed, health.changed, models.inbox.decidedChanged, ai.changed].forEach(signal =>
      signal.connect(changed)
    );
  }
};

/** Whether a cell shows an error. */
function showsError(cell: ICell): boolean {
  const outputs = 'outputs' in cell ? (cell.outputs as IOutput[]) : [];
  return outputs.some(output => output.output_type === 'error');
}

/** What each command does with the notebook in front. */
function actions(
  app: JupyterFrontEnd,
  coimprove: ICoimprove,
  panel: ICoimprovePanel,
  notebooks: INotebookTracker | null,
  trans: ReturnType<ITranslator['load']>
): Partial<Record<IVerbCommand['verb'], () => Promise<void> | void>> {
  const { books, models, api } = coimprove;
  const front = (): { path: string; notebook: string } => {
    const path = books.current ?? '';
    return { path, notebook: PathExt.basename(path) };
  };
  /** The verb as a line of the chat, where its answer stands; its cards are in the inbox. */
  const told = async (verb: IVerbCommand['verb'], words?: string): Promise<void> => {
    const { path, notebook } = front();
    panel.open('chat');
    await models.conversations.say(path, `/${verb} ${words ?? quoted(notebook)}`);
    await models.inbox.refresh();
  };
  /** Whether the person lets the notebook run. */
  const may = async (title: string): Promise<boolean> => {
    const answer = await showDialog({
      title,
      body: trans.__('It runs in kernels of its own; the notebook itself is not touched.'),
      buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Run') })]
    });
    return answer.button.accept;
  };
  const ran = async (verb: IVerbCommand['verb']): Promise<void> => {
    if (await may(trans.__('Run %1?', front().notebook))) {
      await told(verb);
    }
  };
  return {
    problem: () => told('problem'),
    benchmark: () => told('benchmark'),
    ideas: () => told('ideas'),
    debate: () => told('debate', ''),
    tour: () => told('tour'),
    learn: () => told('learn'),
    values: () => told('values'),
    systems: () => told('systems'),
    share: () => told('share'),
    errors: () => ran('errors'),
    ship: () => ran('ship'),
    monitor: async () => {
      const answer = await InputDialog.getText({
        title: trans.__('New data: a table beside the notebook')
      });
      if (answer.value) {
        await told('monitor', `${quoted(front().notebook)} --data ${quoted(answer.value)}`);
      }
    },
    plan: () => {
      const index = notebooks?.currentWidget?.content.activeCellIndex ?? -1;
      return planFrom(coimprove, panel, trans, front().path, index === -1 ? undefined : index + 1);
    },
    candidates: () => planFrom(coimprove, panel, trans, front().path),
    noise: async () => {
      const { path, notebook } = front();
      if (await may(trans.__('Run %1 five times?', notebook))) {
        const label = trans.__('Noise of %1', notebook);
        await carryOut(coimprove, trans, label, 'noise', { source: notebook }, path);
      }
    },
    check: async () => {
      const { path, notebook } = front();
      const label = trans.__('Checking %1', notebook);
      const view = await carryOut(coimprove, trans, label, 'check', { notebook }, path);
      if (view?.findings.length) {
        await models.inbox.refresh();
        panel.open('inbox');
      }
    },
    fix: async () => {
      const { path, notebook } = front();
      const label = trans.__('Explaining the error in %1', notebook);
      // The error is read from the file: what the cell just showed has to be in it.
      const current = notebooks?.currentWidget;
      await current?.context.save();
      const cell = current?.content.activeCell?.model;
      const failed = cell !== undefined && showsError(cell.sharedModel.toJSON());
      const args = failed ? { notebook, cell: cell.id } : { notebook };
      const view = await carryOut(coimprove, trans, label, 'fix', args, path);
      if (view?.proposals.length) {
        await models.inbox.refresh();
      } else if (view) {
        // Nothing waits at the cell then that would say it.
        const said = [view.cause, view.repair, view.words].filter(Boolean).join(' ');
        const body = said || view.warnings.join(' ');
        await showDialog({ title: view.summary, body, buttons: [Dialog.okButton()] });
      }
    },
    review: () => panel.open('inbox'),
    status: () => {
      models.experiments.select(null);
      panel.open('experiments');
    },
    report: async () => {
      const { path, notebook } = front();
      const label = trans.__('Writing the report on %1', notebook);
      const view = await carryOut(coimprove, trans, label, 'report', { notebook }, path);
      const root = api.events.places.get(path)?.root;
      if (view !== null && root !== undefined && view.path.startsWith(`${root}/`)) {
        const name = view.path.slice(root.length + 1);
        const file = pathOf(api.events.places.values(), root, name);
        await app.commands.execute('docmanager:open', { path: file, factory: 'Markdown Preview' });
      }
    },
    trail: () => {
      models.trails.show({ subject: 'last', door: front().path });
      panel.open('record');
    },
    undo: async () => {
      try {
        Notification.success(await models.inbox.undo());
      } catch (error) {
        const { message, remedy } = asApiError(error);
        Notification.error(remedy ? `${message}: ${remedy}` : message);
      }
    }
  };
}
