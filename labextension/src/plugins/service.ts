import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { UUID } from '@lumino/coreutils';

import { Applications, EventStream, Lines, Server, Verbs } from '../api';
import {
  AiSwitch,
  Conversations,
  Experiments,
  Findings,
  Health,
  Inbox,
  OpenBooks,
  Trails
} from '../model';
import { ICoimprove } from '../tokens';
import { reveal } from './reveal';

export const SERVICE_ID = 'jupyter-coimprove:service';

/** The one service: it follows the records of the open notebooks, and the models stand on that. */
export const service: JupyterFrontEndPlugin<ICoimprove> = {
  id: SERVICE_ID,
  description: 'The record, the verbs and the events of jupyter-coimprove.',
  autoStart: true,
  provides: ICoimprove,
  requires: [IDocumentManager],
  optional: [INotebookTracker, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    notebooks: INotebookTracker | null,
    settings: ISettingRegistry | null
  ): ICoimprove => {
    const server = new Server(app.serviceManager.serverSettings);
    const window = UUID.uuid4();
    const { WebSocket } = server.settings;
    const events = new EventStream({
      window,
      url: () => server.eventsUrl,
      connect: url => new WebSocket(url)
    });
    const ai = new AiSwitch();
    const verbs = new Verbs(server, ai);
    const coimprove: ICoimprove = {
      api: { server, verbs, events, applications: new Applications(server, window) },
      models: {
        inbox: new Inbox(events, verbs),
        experiments: new Experiments(events, verbs),
        findings: new Findings(events, verbs),
        conversations: new Conversations(new Lines(server), events, ai),
        trails: new Trails()
      },
      books: new OpenBooks(),
      health: new Health(server, events),
      ai,
      reveal: (path, cell) => reveal(documents, path, cell)
    };
    if (notebooks) {
      followBooks(app, notebooks, coimprove);
    }
    if (settings) {
      void followSettings(settings, coimprove);
    }
    const look = (): void => {
      if (document.visibilityState === 'visible') {
        events.retry();
      }
    };
    document.addEventListener('visibilitychange', look);
    globalThis.addEventListener('offline', () => void coimprove.health.look());
    globalThis.addEventListener('online', () => events.reconnect());
    void app.restored.then(() => coimprove.health.look());
    return coimprove;
  }
};

/** Keep the set of open notebooks, and tell the server which they are. */
function followBooks(
  app: JupyterFrontEnd,
  notebooks: INotebookTracker,
  { books, api }: ICoimprove
): void {
  const { contents } = app.serviceManager;
  const look = (): void => {
    const paths: string[] = [];
    notebooks.forEach(panel => paths.push(contents.localPath(panel.context.path)));
    const front = notebooks.currentWidget?.context.path;
    books.set(paths, front === undefined ? null : contents.localPath(front));
  };
  notebooks.widgetAdded.connect((_, panel) => {
    panel.context.pathChanged.connect(look);
    panel.disposed.connect(() => requestAnimationFrame(look));
    look();
  });
  notebooks.currentChanged.connect(look);
  books.changed.connect(() => api.events.present(books.paths));
  look();
}

async function followSettings(registry: ISettingRegistry, { ai }: ICoimprove): Promise<void> {
  const settings = await registry.load(SERVICE_ID);
  const take = (): void => {
    ai.on = settings.get('ai').composite !== 'off';
    const said = (name: string): string => String(settings.get(name).composite ?? '');
    ai.choose(said('provider'), said('model'));
  };
  settings.changed.connect(take);
  take();
  ai.changed.connect((_, on) => void settings.set('ai', on ? 'on' : 'off'));
  const keep = async (provider: string, model: string): Promise<void> => {
    // One after the other: a change that is told between the two would take the second back.
    settings.changed.disconnect(take);
    await settings.set('provider', provider);
    await settings.set('model', model);
    settings.changed.connect(take);
  };
  ai.providerChanged.connect((_, provider) => void keep(provider, ai.model));
}
