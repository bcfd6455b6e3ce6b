import { Signal } from '@lumino/signaling';

import type { IEntry, VerbOption, VerbTable } from '../src/api';
import { AiSwitch, complete, Conversations, type INamed, mentioned, resolved } from '../src/model';

const NAMED: INamed[] = [
  { kind: 'notebook', name: 'train.ipynb', about: '' },
  { kind: 'experiment', name: 'exp_01', about: 'does the rate matter?' },
  { kind: 'finding', name: 'fnd_01', about: 'it does' },
  { kind: 'run', name: 'run_01', about: 'base, 0' },
  { kind: 'cell', name: '3', about: 'lr = 0.1' }
];
const NOTEBOOK = {
  name: 'notebook',
  help: 'the notebook',
  type: 'path',
  positional: true,
  completes: 'notebook'
} as const;
const OPTIONS: Record<string, VerbOption[]> = {
  candidates: [NOTEBOOK],
  plan: [
    NOTEBOOK,
    {
      name: 'design',
      help: 'how arms are made',
      type: 'str',
      choices: ['one-at-a-time', 'full-factorial']
    }
  ],
  results: [
    { name: 'experiment', help: '', type: 'str', positional: true, completes: 'experiment' }
  ],
  replicate: [{ name: 'finding', help: '', type: 'str', positional: true, completes: 'finding' }],
  cancel: [
    { name: 'target', help: '', type: 'str', positional: true, completes: 'experiment' },
    { name: 'reason', help: '', type: 'str' }
  ]
};
const verb = (options: VerbOption[]) => ({
  help: '',
  group: '',
  decides: false,
  long: false,
  options
});
const TABLE: VerbTable = Object.fromEntries(
  Object.entries({ resume: [], ...OPTIONS }).map(([name, options]) => [name, verb(options)])
);
const texts = (line: string): string[] =>
  complete(line, line.length, NAMED, TABLE).all.map(one => one.text);

test('a line is completed by verbs, options, their choices and what they are about', () => {
  expect(texts('/can')).toEqual(['/candidates', '/cancel']);
  expect(texts('/candidates ')).toEqual(['train.ipynb']);
  expect(texts('/plan train.ipynb --desi')).toEqual(['--design']);
  expect(texts('/plan train.ipynb --design o')).toEqual(['one-at-a-time']);
  expect(texts('/results exp')).toEqual(['exp_01']);
  expect(texts('/replicate ')).toEqual(['fnd_01']);
  expect(texts('/cancel exp_01 --reason because')).toEqual([]);
  expect(texts('which of @run')).toEqual(['@run_01']);
  expect(texts('in @lr')).toEqual(['@cell3']);
  expect(texts('plain words')).toEqual([]);
  expect(texts('/nope x')).toEqual([]);
});

test('the word before the cursor is completed, wherever it stands', () => {
  const { from, all } = complete('/res exp_01', 4, NAMED, TABLE);
  expect(from).toBe(0);
  expect(all.map(one => one.text)).toEqual(['/resume', '/results']);
});

test('mentions are what they name, and nothing that is unknown is changed', () => {
  expect(resolved('/show @fnd_01 @run_99 a@cell3', NAMED)).toBe('/show fnd_01 @run_99 a@cell3');
  expect(resolved('/plan x -f @cell3:1', NAMED)).toBe('/plan x -f 3:1');
  expect(mentioned('why @cell3 and @run_01?', NAMED).map(one => one.name)).toEqual(['run_01', '3']);
});

/** Whom progress comes from. */
const sender = {};
const progress = new Signal<object, { request: string; text: string }>(sender);
const words = new Signal<object, { request: string; text: string }>(sender);
const offer = (provider: string, model = '', missing = '') => ({
  provider,
  model,
  missing,
  remedy: ''
});
const ANSWERS = {
  provider: 'anthropic',
  model: 'some-model',
  why: 'there is a key',
  offers: [offer('builtin'), offer('anthropic', 'some-model'), offer('local', '', 'no file')]
};

function talk(say: (text: string) => Promise<IEntry>, past: IEntry[] = []) {
  const lines = {
    say: jest.fn((text: string, _path: string, request: string) =>
      say(text).then(entry => ({ ...entry, id: request }))
    ),
    past: jest.fn(async () => ({ entries: past, answers: ANSWERS })),
    forget: jest.fn(async () => undefined),
    stop: jest.fn(async () => undefined),
    show: jest.fn(async () => undefined)
  };
  const ai = new AiSwitch();
  return {
    lines,
    ai,
    talks: new Conversations(lines, { progress, said: words } as never, ai)
  };
}

test('a line is under way until it is answered, and tells how far it is', async () => {
  let answer: (entry: IEntry) => void = () => undefined;
  const { talks, lines } = talk(() => new Promise(resolve => (answer = resolve)));
  const said = talks.say('a', '/plan');
  const request = talks.of('a').underWay!.request;
  progress.emit({ request, text: 'cell 3' } as never);
  expect(talks.of('a').underWay?.progress).toBe('cell 3');
  words.emit({ request, text: 'It is ' } as never);
  words.emit({ request, text: 'the rate.' } as never);
  words.emit({ request: 'another', text: 'no' } as never);
  expect(talks.of('a').underWay?.answer).toBe('It is the rate.');
  await talks.say('a', '/again');
  expect(lines.say).toHaveBeenCalledTimes(1);
  await talks.stop('a');
  expect(lines.stop).toHaveBeenCalledWith(request);
  answer({ id: '', text: '/plan' });
  await said;
  expect(talks.of('a').underWay).toBeNull();
  expect(talks.of('a').entries.map(entry => entry.text)).toEqual(['/plan']);
  expect(talks.of('b').entries).toEqual([]);
});

test('a refusal is part of the conversation, with what to do', async () => {
  const { talks } = talk(async () => {
    throw new Error('no server');
  });
  await talks.say('a', '/plan');
  expect(talks.of('a').entries[0]?.error?.message).toBe('no server');
});

test('what was said before a reload stands before what is said now, once', async () => {
  const before = { id: '1', text: '/one' };
  const { talks, lines } = talk(async text => ({ id: '', text }), [before]);
  await talks.say('a', '/two');
  await talks.read('a');
  await talks.read('a');
  expect(lines.past).toHaveBeenCalledTimes(1);
  expect(talks.of('a').answers?.model).toBe('some-model');
  expect(talks.of('a').entries.map(entry => entry.text)).toEqual(['/one', '/two']);
  expect(talks.typed('a')).toEqual(['/two', '/one']);
  await talks.forget('a');
  expect(talks.of('a').entries).toEqual([]);
});

test('a question goes to whom the person chose, and to no model where AI is off', async () => {
  const { talks, lines, ai } = talk(async text => ({ id: '', text }));
  await talks.read('a');
  const around = jest.fn(async () => ({ cell: 'c1' }));
  const asked = async (): Promise<unknown[]> => {
    await talks.say('a', 'why?', around);
    return (lines.say.mock.lastCall as unknown[]).slice(3);
  };
  expect(talks.answering('a')?.model).toBe('some-model');
  expect(await asked()).toEqual([{ ai: true, provider: '', model: '' }, { cell: 'c1' }]);
  ai.choose('builtin');
  expect(talks.answering('a')).toEqual(offer('builtin'));
  expect(await asked()).toEqual([{ ai: true, provider: 'builtin', model: '' }, undefined]);
  ai.choose('anthropic', 'another-model');
  expect(talks.answering('a')?.model).toBe('another-model');
  expect(await asked()).toEqual([
    { ai: true, provider: 'anthropic', model: 'another-model' },
    { cell: 'c1' }
  ]);
  ai.choose('local');
  expect(talks.answering('a')?.missing).toBe('no file');
  ai.choose('anthropic');
  ai.on = false;
  expect(talks.answering('a')).toEqual(offer('builtin'));
  expect(await asked()).toEqual([{ ai: false, provider: 'anthropic', model: '' }, undefined]);
});

test('a line said anew takes the place of all that came after the old one', async () => {
  const past: IEntry[] = [
    { id: '1', text: 'one?' },
    { id: '2', text: 'two?' }
  ];
  const { talks, lines } = talk(async text => ({ id: '', text }), past);
  await talks.read('a');
  past.splice(0, 2, { id: '3', text: 'better?', versions: ['1', '3'] });
  await talks.say('a', 'better?', undefined, '1');
  expect((lines.say.mock.lastCall as unknown[])[4]).toEqual({ instead_of: '1' });
  expect(talks.of('a').entries.map(entry => entry.text)).toEqual(['better?']);
  const now = talks.of('a').entries[0]!.id;
  past.splice(0, 1);
  await talks.say('a', 'where nothing is kept?', undefined, now);
  expect(talks.of('a').entries.map(entry => entry.text)).toEqual(['where nothing is kept?']);
  past.splice(0, 0, { id: '1', text: 'one?', versions: ['1', '3'] });
  await talks.show('a', '1');
  expect(lines.show).toHaveBeenCalledWith('a', '1');
  expect(talks.of('a').entries.map(entry => entry.text)).toEqual(['one?']);
});
