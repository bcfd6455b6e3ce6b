import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { cells } from './plugins/cells';
import { commands } from './plugins/commands';
import { magics } from './plugins/magics';
import { notifications } from './plugins/notifications';
import { panel } from './plugins/panel';
import { service } from './plugins/service';
import { status } from './plugins/status';

export * from './tokens';

/** Every plugin of this extension; one line each. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  service,
  panel as JupyterFrontEndPlugin<unknown>,
  status as JupyterFrontEndPlugin<unknown>,
  commands as JupyterFrontEndPlugin<unknown>,
  notifications as JupyterFrontEndPlugin<unknown>,
  cells as JupyterFrontEndPlugin<unknown>,
  magics as JupyterFrontEndPlugin<unknown>
];

export default plugins;
