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
  command('ideas', 'notebook', trans => trans.__('Ideas to Try')),
  command('debate', 'notebook', trans => trans.__('Debates')),
  command('learn', 'notebook', trans => trans.__('What Was Learnt')),
  command('tour', 'notebook', trans => trans.__('Tour of the Twelve Activities')),
  command('values', 'notebook', trans => trans.__('What Our Values Say')),
  command('errors', 'notebook', trans => trans.__('Where the Model Is Wrong…')),
  command('systems', 'notebook', trans => trans.__('Cost, State and Environment')),
  command('ship', 'notebook', trans => trans.__('Ship as a Module…')),
  command('monitor', 'notebook', trans => trans.__('Monitor New Data…')),
  command('share', 'notebook', trans => trans.__('Share as One File')),
  command('review', 'nothing', trans => trans.__('Review What Waits')),
  command('status', 'nothing', trans => trans.__('Experiments and Their Runs')),
  command('report', 'notebook', trans => trans.__('Write the Report')),
  command('trail', 'notebook', trans => trans.__('Trail of the Last Finding')),
  command('undo', 'decided', trans => trans.__('Undo the Last Decision'))
];
