import type { TranslationBundle } from '@jupyterlab/translation';

import type { VerbName } from '../api';

/** Where the command of a verb is offered, and what it needs. */
export interface IVerbCommand {
  readonly verb: VerbName;
  readonly id: string;
  readonly label: (trans: TranslationBundle) => string;
  /** What must be in front: a notebook, a decision that can be taken back, or nothing. */
  readonly needs: 'notebook' | 'decided' | 'nothing';
}

function command(
  verb: VerbName,
  needs: IVerbCommand['needs'],
  label: IVerbCommand['label']
): IVerbCommand {
  return { verb, id: `coimprove:${verb}`, label, needs };
}

/** The verbs that are commands of Lab; the others need words that a person types, and stand in the panel. */
export const VERB_COMMANDS: readonly IVerbCommand[] = [
  command('plan', 'notebook', trans => trans.__('Plan an Ablation from Here…')),
  command('candidates', 'notebook', trans => trans.__('What Could Be Varied…')),
  command('noise', 'notebook', trans => trans.__('Measure the Baseline’s Noise…')),
  command('check', 'notebook', trans => trans.__('Check Validity and Leakage')),
  command('fix', 'notebook', trans => trans.__('Explain the Error of This Cell')),
  command('problem', 'notebook', trans => trans.__('What Is Worth Working On')),
  command('benchmark', 'notebook', trans => trans.__('Is the Score a Benchmark')),
  command('errors', 'notebook', trans => trans.__('Where the Model Is Wrong…')),
  command('systems', 'notebook', trans => trans.__('Cost, State and Environment')),
  command('review', 'nothing', trans => trans.__('Review What Waits')),
  command('status', 'nothing', trans => trans.__('Experiments and Their Runs')),
  command('report', 'notebook', trans => trans.__('Write the Report')),
  command('undo', 'decided', trans => trans.__('Undo the Last Decision'))
];
