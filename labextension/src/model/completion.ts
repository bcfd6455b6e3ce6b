import type { VerbOption, VerbTable } from '../api';

/** What may stand where the cursor is. */
export interface ICompletion {
  /** What is written. */
  readonly text: string;
  /** What it is, for who chooses. */
  readonly about: string;
}

/** Something of the record or the notebook that a line can name. */
export interface INamed {
  readonly kind: 'experiment' | 'finding' | 'run' | 'cell' | 'notebook';
  /** As it is written in a line. */
  readonly name: string;
  readonly about: string;
}

/** Which things an option's `completes` stands for. */
const KINDS: Readonly<Record<string, readonly INamed['kind'][]>> = {
  notebook: ['notebook'],
  experiment: ['experiment'],
  finding: ['finding'],
  proposal: ['experiment', 'finding'],
  any: ['experiment', 'finding', 'run']
};
const MOST = 12;

export interface ICompletions {
  /** Where the word that is completed begins. */
  readonly from: number;
  readonly all: readonly ICompletion[];
}

/** What the word before the cursor may become: verbs, options, their choices, and what they are about. */
export function complete(
  text: string,
  cursor: number,
  named: readonly INamed[],
  verbs: VerbTable
): ICompletions {
  const before = text.slice(0, cursor);
  const word = /\S*$/.exec(before)?.[0] ?? '';
  const from = cursor - word.length;
  const all = suggestions(before, word, named, verbs).filter(one => one.text !== word);
  return { from, all: all.slice(0, MOST) };
}

function suggestions(
  before: string,
  word: string,
  named: readonly INamed[],
  verbs: VerbTable
): ICompletion[] {
  if (word.startsWith('@')) {
    return mentions(word.slice(1), named);
  }
  const line = before.trimStart();
  if (!line.startsWith('/')) {
    return [];
  }
  const words = line.slice(1).split(/\s+/);
  words.pop();
  if (words.length === 0) {
    return Object.entries(verbs)
      .map(([name, { help }]) => ({ text: `/${name}`, about: help }))
      .filter(({ text }) => text.startsWith(word));
  }
  return ofVerb(verbs[words[0] ?? '']?.options ?? [], words.slice(1), word, named);
}

function ofVerb(
  taken: readonly VerbOption[],
  words: string[],
  word: string,
  named: readonly INamed[]
): ICompletion[] {
  const flags = new Map(
    taken.filter(one => !one.positional).map(one => [flagOf(one), one] as const)
  );
  const waiting = flags.get(words[words.length - 1] ?? '');
  if (waiting && waiting.type !== 'flag') {
    return values(waiting, word, named);
  }
  if (word.startsWith('-')) {
    return [...flags]
      .filter(
        ([flag, one]) => flag.startsWith(word) && (one.type === 'list' || !words.includes(flag))
      )
      .map(([flag, { help }]) => ({ text: flag, about: help }));
  }
  let count = 0;
  for (let at = 0; at < words.length; at++) {
    const option = flags.get(words[at] ?? '');
    if (option) {
      at += option.type === 'flag' ? 0 : 1;
    } else if (!words[at]?.startsWith('-')) {
      count += 1;
    }
  }
  const option = taken.filter(one => one.positional)[count];
  return option ? values(option, word, named) : [];
}

function values(option: VerbOption, word: string, named: readonly INamed[]): ICompletion[] {
  const kinds = KINDS[option.completes ?? ''] ?? [];
  return [
    ...(option.choices ?? []).map(choice => ({ text: choice, about: option.help })),
    ...named
      .filter(one => kinds.includes(one.kind))
      .map(({ name, about }) => ({ text: name, about }))
  ].filter(one => one.text.startsWith(word));
}

function mentions(typed: string, named: readonly INamed[]): ICompletion[] {
  const wanted = typed.toLowerCase();
  return named
    .filter(
      one =>
        one.kind !== 'notebook' &&
        `${one.kind}${one.name} ${one.name} ${one.about}`.toLowerCase().includes(wanted)
    )
    .map(one => ({ text: mention(one), about: one.about }));
}

/** How a thing is named in a line: `@cell3`, `@fnd_…`. */
export function mention({ kind, name }: INamed): string {
  return kind === 'cell' ? `@cell${name}` : `@${name}`;
}

/** The line as the server is told: a mention is what it names (a cell its number, as in `3:1:"lr = 0.1"`). */
export function resolved(text: string, named: readonly INamed[]): string {
  return text.replace(/(?<=^|\s)@(cell(?=\d)|(?=(?:exp|fnd|run)_))(\w+)/g, (whole, kind, name) => {
    const isCell = kind === 'cell';
    const known = named.some(one => one.name === name && (one.kind === 'cell') === isCell);
    return known ? String(name) : whole;
  });
}

/** The things that a text names, in order, each once. */
export function mentioned(text: string, named: readonly INamed[]): readonly INamed[] {
  const words = new Set(text.match(/@\w+/g) ?? []);
  return named.filter(one => words.has(mention(one)));
}

function flagOf(option: VerbOption): string {
  return `--${option.name.replaceAll('_', '-')}`;
}
