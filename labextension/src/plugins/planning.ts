import { Dialog, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { PlanDialogBody } from '../components/plandialog';
import type { ICoimprove, ICoimprovePanel } from '../tokens';
import { carryOut } from './running';

/**
 * From a cell to a plan: what could be varied is read, the person chooses, the plan waits in the Inbox.
 *
 * @param cell - what this cell (from 1) lets vary is ticked to begin with; nothing where it is undefined
 */
export async function planFrom(
  coimprove: ICoimprove,
  panel: ICoimprovePanel,
  trans: TranslationBundle,
  path: string,
  cell?: number
): Promise<void> {
  const notebook = PathExt.basename(path);
  const reading = trans.__('Reading what could be varied in %1', notebook);
  const found = await carryOut(coimprove, trans, reading, 'candidates', { notebook }, path);
  if (found === null) {
    return;
  }
  const rows = [...found.candidates];
  const here = new Set(
    rows.filter(row => cell !== undefined && row.cells.includes(cell)).map(row => row.name)
  );
  rows.sort((a, b) => Number(here.has(b.name)) - Number(here.has(a.name)));
  const answer = await showDialog({
    title: trans.__('Plan an ablation of %1', notebook),
    body: new PlanDialogBody(rows, here, trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Plan') })
    ]
  });
  if (!answer.button.accept || answer.value === null) {
    return;
  }
  const args = { notebook, ...answer.value };
  const plan = await carryOut(coimprove, trans, trans.__('Planning'), 'plan', args, path);
  if (plan !== null) {
    coimprove.models.experiments.select(plan.id);
    panel.open('experiments');
  }
}
