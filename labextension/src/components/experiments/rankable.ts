import type { PlanView } from '../../api';

/**
 * What a prediction ranks: the baseline and all that is tested.
 *
 * A draft's next step names them (of crossed factors they are effects, not arms); else they are its treatments.
 */
export function rankable(plan: PlanView): readonly string[] {
  const named = plan.next
    .map(step => /^coimprove predict \S+ '(.*)'$/.exec(step)?.[1])
    .find(names => names !== undefined);
  return (
    named?.split(' > ') ?? plan.arms.filter(arm => arm.role === 'treatment').map(arm => arm.name)
  );
}
