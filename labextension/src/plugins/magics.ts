import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { ILab } from '../components/lab';
import { BUTTONS_MIME, EXPERIMENT_MIME, PROPOSAL_MIME } from '../components/magics/about';
import { MagicOutput, NoButtons } from '../components/magics/widget';
import { ICoimprove, ICoimprovePanel } from '../tokens';

/** Before HTML, and before the widgets, which stand at -10. */
const RANK = -20;

/** What magics answer, drawn from the record: live, and with the decisions of the panel. */
export const magics: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-coimprove:magics',
  description: 'Answers of magics as cards that follow the record.',
  autoStart: true,
  requires: [ICoimprove, ICoimprovePanel, IRenderMimeRegistry],
  optional: [ITranslator, IEditorLanguageRegistry],
  activate: (
    app: JupyterFrontEnd,
    coimprove: ICoimprove,
    panel: ICoimprovePanel,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_coimprove');
    const { commands } = app;
    const lab: ILab = { coimprove, trans, commands, rendermime, panel, languages };
    // Safe: of an output that nobody trusts, too, only ids are read.
    rendermime.addFactory(
      {
        safe: true,
        mimeTypes: [EXPERIMENT_MIME, PROPOSAL_MIME],
        createRenderer: ({ mimeType }) => new MagicOutput(lab, mimeType)
      },
      RANK
    );
    rendermime.addFactory(
      { safe: true, mimeTypes: [BUTTONS_MIME], createRenderer: () => new NoButtons() },
      RANK
    );
  }
};
