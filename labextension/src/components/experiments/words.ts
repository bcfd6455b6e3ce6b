import type { TranslationBundle } from '@jupyterlab/translation';

/** A state as a sign and a word: neither rests on colour. */
export interface IStateWords {
  readonly sign: string;
  readonly text: string;
}

/** How an experiment or a run stands. */
export function stateWords(state: string, trans: TranslationBundle): IStateWords {
  const known: Record<string, [string, string]> = {
    draft: ['✎', trans.__('draft')],
    deferred: ['⏲', trans.__('deferred')],
    registered: ['○', trans.__('registered, not running')],
    running: ['▶', trans.__('running')],
    paused: ['❙❙', trans.__('paused')],
    completed: ['✓', trans.__('completed')],
    cancelled: ['⊘', trans.__('cancelled')],
    abandoned: ['⊘', trans.__('abandoned')],
    rejected: ['✕', trans.__('rejected')],
    planned: ['·', trans.__('planned')],
    queued: ['○', trans.__('queued')],
    failed: ['✕', trans.__('failed')],
    timed_out: ['⧖', trans.__('ran out of time')],
    lost: ['?', trans.__('lost')],
    reused: ['↺', trans.__('reused')]
  };
  const [sign, text] = known[state] ?? ['•', state];
  return { sign, text };
}

/** Numbers with their words, such as "3 completed · 1 failed"; nothing for none. */
export function countWords(counts: Iterable<[string, number]>, trans: TranslationBundle): string {
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([state, count]) => {
      const { sign, text } = stateWords(state, trans);
      return `${sign} ${trans.__('%1 %2', count, text)}`;
    })
    .join(' · ');
}

/** Why runs end badly, and what a person can do about it. */
export function remedyOf(state: string, reason: string, trans: TranslationBundle): string {
  if (state === 'timed_out' || reason === 'timeout') {
    return trans.__('It took longer than one run may. Plan again with a longer limit of one run.');
  }
  if (state === 'lost' || ['kernel_died', 'infrastructure', 'lost', 'disk_full'].includes(reason)) {
    return trans.__('The machine failed it, not its arm: resuming repeats it.');
  }
  if (reason === 'oom' || reason === 'memory') {
    return trans.__('It needed more memory than there is: run fewer at a time.');
  }
  return trans.__(
    'Its log says in which cell and why. The others go on; failures are counted beside the effects.'
  );
}

/** Seconds with the precision that a run needs. */
export function seconds(value: number | null | undefined, trans: TranslationBundle): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (value < 10) {
    return trans.__('%1 s', value.toFixed(1));
  }
  if (value < 90) {
    return trans.__('%1 s', Math.round(value));
  }
  return value < 5400
    ? trans.__('%1 min', Math.round(value / 60))
    : trans.__('%1 h', Math.round(value / 360) / 10);
}

/** An effect, with its sign and four digits that count. */
export function signed(value: number | null): string {
  if (value === null) {
    return '–';
  }
  const text = Math.abs(value).toPrecision(3);
  return `${value < 0 ? '−' : '+'}${Number(text) === 0 ? '0' : text}`;
}

/** What a verdict says, with a shape as the plot has it. */
export function verdictWords(verdict: string, trans: TranslationBundle): IStateWords {
  const known: Record<string, [string, string]> = {
    better: ['▲', trans.__('better')],
    worse: ['▼', trans.__('worse')],
    equivalent: ['■', trans.__('equivalent')],
    undecided: ['●', trans.__('undecided')]
  };
  const [sign, text] = known[verdict] ?? ['•', verdict];
  return { sign, text };
}
