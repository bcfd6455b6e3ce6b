import type { ApiError, PlanView, Verbs } from '../src/api';

/** A server whose answers come when a test says so, in whichever order. */
export class Door {
  readonly asked: {
    verb: string;
    args: Record<string, unknown>;
    answer: (view: object) => void;
    refuse: (error: ApiError) => void;
  }[] = [];

  call = (verb: string, args: object): Promise<object> =>
    new Promise((answer, refuse) =>
      this.asked.push({ verb, args: args as Record<string, unknown>, answer, refuse })
    );

  get verbs(): Pick<Verbs, 'call'> {
    return { call: this.call as unknown as Verbs['call'] };
  }

  get last(): Door['asked'][number] {
    return this.asked[this.asked.length - 1]!;
  }
}

export function field(key: string, value: unknown): object {
  return {
    key,
    value,
    type: 'integer',
    help: '',
    choices: [],
    unit: '',
    optional: false,
    group: ''
  };
}

export function arm(name: string, key: string, settings: object = {}): object {
  return { name, settings, diff: '', role: 'treatment', against: '', key };
}

export function plan(blocks: number, digest = `d${blocks}`, more: object = {}): PlanView {
  return {
    view: 'PlanView',
    id: 'exp_1',
    state: 'draft',
    digest,
    blocks,
    next: [],
    arms: [arm('baseline', ''), arm('lr=0.3', 'arms.1', { lr: '0.3' })],
    fields: [field('blocks', blocks), field('alpha', 0.05)],
    prediction: [],
    ...more
  } as unknown as PlanView;
}

export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
};
