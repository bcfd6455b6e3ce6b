import type { EventStream, IPlace, RecordEvent, ReviewRow } from '../src/api';
import { ApiError, PROTOCOL, VERSION } from '../src/api';
import {
  Coalesced,
  Experiments,
  filtered,
  Findings,
  Health,
  Inbox,
  OpenBooks,
  pathOf
} from '../src/model';
import { FakeStream, row, tick, verbs, until } from './fakes';

const PLACES: IPlace[] = [
  { path: 'lab/deep/x.ipynb', root: '/home/lab', notebook: 'deep/x.ipynb' },
  { path: 'lab/y.ipynb', root: '/home/lab', notebook: 'y.ipynb' },
  { path: 'other/z.ipynb', root: '/home/other', notebook: 'z.ipynb' }
];

function event(
  type: RecordEvent['type'],
  id = 'exp_1',
  data = {},
  root = '/home/lab'
): RecordEvent {
  const actor = { kind: 'tool', id: '', display: '', auth: 'os' } as const;
  return {
    root,
    seq: 1,
    type,
    id,
    v: 1,
    payload: { state: '', data, actor, at: '', trust: 'own' }
  };
}

describe('paths', () => {
  test('of notebooks that are not open follow from one that is', () => {
    expect(pathOf(PLACES, '/home/lab', 'a/b.ipynb')).toBe('lab/a/b.ipynb');
    expect(pathOf(PLACES, '/home/lab', 'deep/x.ipynb')).toBe('lab/deep/x.ipynb');
    expect(pathOf(PLACES, '/home/lab', '/elsewhere/c.ipynb')).toBeNull();
    expect(pathOf(PLACES, '/unknown', 'a.ipynb')).toBeNull();
  });
});

describe('many reasons to look', () => {
  test('are few looks, and the last is later than the last reason', async () => {
    let looks = 0;
    let release = (): void => undefined;
    const looked = new Coalesced(() => {
      looks += 1;
      return new Promise(resolve => (release = () => resolve(undefined)));
    }, 0);
    const first = [looked.ask('a'), looked.ask('a'), looked.ask('a')];
    await until(() => looks === 1);
    const second = [looked.ask('a'), looked.ask('a')];
    await tick();
    expect(looks).toBe(1);
    release();
    await Promise.all(first);
    await until(() => looks === 2);
    release();
    await Promise.all(second);
    expect(looks).toBe(2);
  });
});

describe('the inbox', () => {
  function inbox(answers: Record<string, ReviewRow[]>): {
    stream: FakeStream;
    box: Inbox;
    calls: [string, unknown, string][];
  } {
    const stream = new FakeStream();
    const calls: [string, unknown, string][] = [];
    const box = new Inbox(
      stream as unknown as EventStream,
      verbs((verb, args, path) => {
        calls.push([verb, args, path]);
        return verb === 'review'
          ? { items: answers[path.split('/')[0] ?? ''] ?? [] }
          : { summary: `${verb} done` };
      })
    );
    return { stream, box, calls };
  }

  test('asks each root once, through one open notebook, and says which rows are open', async () => {
    const { stream, box, calls } = inbox({
      lab: [
        row('fnd_1', { notebook: 'y.ipynb', changed: '1' }),
        row('fnd_2', { notebook: 'w.ipynb' })
      ],
      other: [row('fnd_3', { notebook: 'z.ipynb', changed: '3' })]
    });
    expect(box.isReady).toBe(true);
    stream.place(PLACES);
    expect(box.isReady).toBe(false);
    await until(() => box.isReady);
    expect(calls).toEqual([
      ['review', {}, 'lab/deep/x.ipynb'],
      ['review', {}, 'other/z.ipynb']
    ]);
    expect(box.rows.map(one => [one.id, one.path, one.isOpen])).toEqual([
      ['fnd_3', 'other/z.ipynb', true],
      ['fnd_2', 'lab/w.ipynb', false],
      ['fnd_1', 'lab/y.ipynb', true]
    ]);
    expect(box.waiting.map(one => one.id)).toEqual(['fnd_3', 'fnd_1']);
  });

  test('looks again after an event about what waits, and not after one about runs', async () => {
    const { stream, box, calls } = inbox({ lab: [] });
    stream.place(PLACES.slice(0, 2));
    await until(() => box.isReady);
    stream.tell(event('run.completed'));
    await tick(80);
    expect(calls).toHaveLength(1);
    ['finding.proposed', 'decision.accepted', 'check.found'].forEach(type =>
      stream.tell(event(type as RecordEvent['type']))
    );
    await until(() => calls.length === 2);
    await tick(80);
    expect(calls).toHaveLength(2);
  });

  test('looks again when the connection is back', async () => {
    const { stream, box, calls } = inbox({ lab: [] });
    stream.place(PLACES.slice(0, 1));
    await until(() => box.isReady);
    stream.followed.emit('/home/lab');
    await until(() => calls.length === 2);
  });

  test('forgets a root whose notebooks are closed', async () => {
    const { stream, box } = inbox({ lab: [row('fnd_1')], other: [row('fnd_3')] });
    stream.place(PLACES);
    await until(() => box.rows.length === 2);
    stream.place(PLACES.slice(2));
    expect(box.rows.map(one => one.root)).toEqual(['/home/other']);
  });

  test('keeps what it knew when the server does not answer, and says so', async () => {
    const stream = new FakeStream();
    let isAway = false;
    const box = new Inbox(
      stream as unknown as EventStream,
      verbs(() => {
        if (isAway) {
          throw new ApiError('unreachable', 'away', 'wait');
        }
        return { items: [row('fnd_1')] };
      })
    );
    stream.place(PLACES.slice(0, 1));
    await until(() => box.rows.length === 1);
    isAway = true;
    await box.refresh();
    expect(box.problem?.code).toBe('unreachable');
    expect(box.rows).toHaveLength(1);
    isAway = false;
    await box.refresh();
    expect(box.problem).toBeNull();
  });

  test('remembers reasons and decisions, and takes back the last one', async () => {
    const { stream, box, calls } = inbox({ lab: [row('fnd_1'), row('fnd_2')] });
    stream.place(PLACES.slice(0, 1));
    await until(() => box.rows.length === 2);
    const [one, two] = box.rows;
    await box.decide('reject', one!, { reason: 'leaks' });
    await box.decide('reject', two!, { reason: 'leaks' });
    await box.decide('edit', two!, { text: 'In other words.' });
    expect(box.reasons).toEqual(['leaks']);
    expect(box.decided.map(decided => decided.verb)).toEqual(['reject', 'reject', 'edit']);
    await box.undo();
    expect(box.decided).toHaveLength(2);
    const said = calls.filter(([verb]) => verb !== 'review').map(([verb, args]) => [verb, args]);
    expect(said).toEqual([
      ['reject', { id: one!.id, reason: 'leaks' }],
      ['reject', { id: two!.id, reason: 'leaks' }],
      ['edit', { id: two!.id, text: 'In other words.' }],
      ['undo', { id: two!.id }]
    ]);
  });

  test('counts nothing as decided that the server refused', async () => {
    const stream = new FakeStream();
    const box = new Inbox(
      stream as unknown as EventStream,
      verbs(verb => {
        if (verb === 'accept') {
          throw new ApiError('stale', 'its cell has changed', 'look at it', 409);
        }
        return { items: [row('fnd_1')] };
      })
    );
    stream.place(PLACES.slice(0, 1));
    await until(() => box.rows.length === 1);
    await expect(box.decide('accept', box.rows[0]!)).rejects.toMatchObject({ code: 'stale' });
    expect(box.decided).toEqual([]);
  });
});

describe('a filter', () => {
  const rows = [
    {
      ...row('fnd_1', { title: 'Dropout helps', author: 'ada' }),
      root: '/r',
      path: 'x.ipynb',
      isOpen: true
    },
    {
      ...row('exp_2', { title: 'Is dropout needed?', kind: 'experiment' }),
      root: '/r',
      path: 'y.ipynb',
      isOpen: true
    },
    { ...row('chk_3', { title: 'A leak' }), root: '/r', path: 'z.ipynb', isOpen: false }
  ];
  test.each([
    ['open', '', ['fnd_1', 'exp_2']],
    ['front', '', ['exp_2']],
    ['all', '', ['fnd_1', 'exp_2', 'chk_3']],
    ['all', 'DROPOUT', ['fnd_1', 'exp_2']],
    ['all', 'ada dropout', ['fnd_1']],
    ['open', 'leak', []]
  ] as const)('%s with “%s”', (scope, text, ids) => {
    expect(filtered(rows, { scope, text }, 'y.ipynb').map(one => one.id)).toEqual(ids);
  });
});

describe('experiments', () => {
  const experiment = (id: string, state: string, running = 0): object => ({
    id, state, question: '', notebook: 'y.ipynb', counts: { running }, total: 4, left_s: null, alive: true,
    finding: '', runs: [], waiting: '', arms: [], planned: []
  }); // prettier-ignore

  test('say once that one has ended, and only when it was seen alive', async () => {
    const stream = new FakeStream();
    let rows = [experiment('exp_1', 'running', 2), experiment('exp_2', 'completed')];
    const model = new Experiments(
      stream as unknown as EventStream,
      verbs(() => ({ experiments: rows }))
    );
    const ended: string[] = [];
    model.ended.connect((_, one) => void ended.push(`${one.id} ${one.state} ${one.path}`));
    stream.place(PLACES);
    await until(() => model.rows.length > 0);
    expect(model.liveRuns).toBe(4);
    rows = [experiment('exp_1', 'completed'), experiment('exp_2', 'completed')];
    await model.refresh('/home/lab');
    await model.refresh('/home/lab');
    expect(ended).toEqual(['exp_1 completed lab/y.ipynb']);
  });

  test('read the runs of the one that is looked at, until nobody looks', async () => {
    const stream = new FakeStream();
    const asked: unknown[] = [];
    const model = new Experiments(
      stream as unknown as EventStream,
      verbs((_, args) => {
        asked.push(args);
        return { experiments: [experiment('exp_1', 'running')] };
      })
    );
    stream.place(PLACES.slice(0, 1));
    await until(() => model.rows.length === 1);
    const leave = model.watch('exp_1');
    const whole = (): number => asked.filter(args => 'experiment' in (args as object)).length;
    await until(() => whole() === 1);
    stream.tell(event('run.started', 'run_9', { experiment: 'exp_1' }));
    await until(() => whole() === 2);
    leave();
    stream.tell(event('run.completed', 'run_9', { experiment: 'exp_1' }));
    await tick(700);
    expect(whole()).toBe(2);
  });
});

describe('findings', () => {
  test('are asked for once, and again after an event about them', async () => {
    const stream = new FakeStream();
    let asked = 0;
    const model = new Findings(
      stream as unknown as EventStream,
      verbs(() => ({ view: 'FindingView', claim: `claim ${++asked}` }))
    );
    await model.get('fnd_1', 'x.ipynb');
    expect((await model.get('fnd_1', 'x.ipynb')).claim).toBe('claim 1');
    stream.tell(event('finding.accepted', 'fnd_1'));
    expect((await model.get('fnd_1', 'x.ipynb')).claim).toBe('claim 2');
  });
});

describe('health', () => {
  const health = (answer: () => { version: string; protocol: number }): Health =>
    new Health(
      { version: () => Promise.resolve().then(answer) },
      new FakeStream() as unknown as EventStream
    );

  test('is good with the same version', async () => {
    const one = health(() => ({ version: VERSION, protocol: PROTOCOL }));
    await one.look();
    expect(one.problem).toBeNull();
    expect(one.writable).toBe(true);
  });

  test('names both versions; with another protocol nothing is decided', async () => {
    const one = health(() => ({ version: '9.9.9', protocol: PROTOCOL + 1 }));
    await one.look();
    expect(one.problem?.message).toContain('9.9.9');
    expect(one.problem?.message).toContain(VERSION);
    expect(one.problem?.remedy).toContain('reload');
    expect(one.writable).toBe(false);
  });

  test('says what is missing, and that it is back', async () => {
    let isMissing = true;
    const one = health(() => {
      if (isMissing) {
        throw new ApiError('extension_missing', 'not running', 'install it', 404);
      }
      return { version: VERSION, protocol: PROTOCOL };
    });
    let changes = 0;
    one.changed.connect(() => (changes += 1));
    await one.look();
    expect(one.problem?.code).toBe('extension_missing');
    isMissing = false;
    await one.look();
    await one.look();
    expect(one.problem).toBeNull();
    expect(changes).toBe(2);
  });
});

test('open books say one in front that is open, and change only when they do', () => {
  const books = new OpenBooks();
  let changes = 0;
  books.changed.connect(() => (changes += 1));
  books.set(['a.ipynb', 'b.ipynb', 'a.ipynb'], 'b.ipynb');
  books.set(['a.ipynb', 'b.ipynb'], 'b.ipynb');
  books.set(['a.ipynb'], 'b.ipynb');
  expect([books.paths, books.current, changes]).toEqual([['a.ipynb'], 'a.ipynb', 2]);
});
