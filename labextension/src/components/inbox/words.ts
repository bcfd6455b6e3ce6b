import type { TranslationBundle } from '@jupyterlab/translation';

import type { IWaiting } from '../../model';

/** What kind of thing waits, in a word. */
export function kindOf(row: IWaiting, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    experiment: trans.__('Plan'),
    finding: trans.__('Finding'),
    check: trans.__('Check'),
    card: trans.__('Card'),
    proposal: trans.__('Proposal'),
    lesson: trans.__('Lesson')
  };
  return words[row.kind] ?? row.kind;
}

/** What is out of the ordinary about its state; empty for what just waits. */
export function stateOf(row: IWaiting, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    deferred: trans.__('deferred'),
    stale: trans.__('stale: its cell has changed'),
    orphaned: trans.__('its notebook is gone')
  };
  const foreign = row.trust === 'own' ? '' : trans.__('foreign, unverified');
  const alone = row.alone ? trans.__('names this tool') : '';
  return [words[row.state] ?? '', foreign, alone].filter(Boolean).join(' · ');
}

/** Who made it, of what sort they are, and where it stands. */
export function aboutOf(row: IWaiting, trans: TranslationBundle): string {
  const author =
    row.author_kind === 'ai' ? trans.__('%1 (AI)', row.author) : row.author || trans.__('unknown');
  const where = row.cell ? trans.__('%1, cell %2', row.notebook, row.cell) : row.notebook;
  return trans.__('%1 · %2 · %3', author, where, ago(row.changed));
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1]
];

/** How long ago, in the language of the page. */
export function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1000;
  if (Number.isNaN(seconds)) {
    return at;
  }
  const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? ['second', 1];
  const language = document.documentElement.lang || 'en';
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
    Math.round(seconds / length),
    unit
  );
}

/** Seconds as a person says them. */
export function duration(seconds: number, trans: TranslationBundle): string {
  if (seconds < 90) {
    return trans.__('%1 s', Math.max(1, Math.round(seconds)));
  }
  return seconds < 5400
    ? trans.__('%1 min', Math.round(seconds / 60))
    : trans.__('%1 h', Math.round(seconds / 360) / 10);
}
