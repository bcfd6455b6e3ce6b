import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IExperiment } from '../model';
import { ICoimprove, ICoimprovePanel } from '../tokens';
import { SERVICE_ID } from './service';

const SHOWN_MS = 12_000;

/** Says that an experiment has ended, unless the settings say otherwise. */
export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-coimprove:notifications',
  description: 'Tells that an experiment has ended; can be turned off in the settings.',
  autoStart: true,
  requires: [ICoimprove, ICoimprovePanel],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    _: JupyterFrontEnd,
    coimprove: ICoimprove,
    panel: ICoimprovePanel,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const settings = registry?.load(SERVICE_ID);
    const tell = (experiment: IExperiment): void => {
      const what = experiment.question || experiment.id;
      const message =
        experiment.state === 'completed'
          ? trans.__('Experiment completed: %1', what)
          : trans.__('Experiment ended (%1): %2', experiment.state, what);
      const show = (): void => {
        coimprove.models.experiments.select(experiment.id);
        panel.open('experiments');
      };
      Notification.info(message, {
        // Beside an open panel, which says it too, it would cover what is read there: the bell keeps it.
        autoClose: panel.isVisible ? 0 : SHOWN_MS,
        actions: [{ label: trans.__('Show'), callback: show }]
      });
    };
    coimprove.models.experiments.ended.connect((_, experiment) => {
      void Promise.resolve(settings).then(loaded => {
        if (loaded?.get('notifyFinished').composite !== false) {
          tell(experiment);
        }
      });
    });
  }
};
