import { Signal } from '@lumino/signaling';

import { ApiError, type ApplicationRow, type EventStream, type RecordEvent } from '../src/api';
import { Carrier, type IBook, StaleError } from '../src/model';

const PATH = 'a/x.ipynb';
const PLACE = { path: PATH, root: '/r', notebook: 'x.ipynb' };

function row(id: string, more: Partial<ApplicationRow> = {}): ApplicationRow {
  return {
    id,
    subject: `fnd_${id}`,
    decision: `dec_${id}`,
    notebook: 'x.ipynb',
    state: 'queued',
    edits: [],
    metadata: {},
    by: '',
    window: '',
    undoes: '',
    of: '',
    path: 'x.ipynb',
    why: '',
    remedy: '',
    ...more
  };
}

/** A server with one notebook's queue, the stream of one window, and its notebook. */
class Desk {
  readonly said: string[] = [];
  readonly waiting = new Map<string, ApplicationRow>();
  readonly inBook = new Set<string>();
  isHidden = false;
  isDown = false;
  taken: string | null = null;
  fails: Error | null = null;
  book: (IBook & { isWritable: boolean }) | null;
  readonly stream: EventStream;
  readonly carrier: Carrier;
  readonly problems: string[] = [];

  constructor() {
    const stream = {
      event: new Signal<object, RecordEvent>({}),
      placesChanged: new Signal<object, unknown>({}),
      stateChanged: new Signal<object, string>({}),
      places: new Map([[PATH, PLACE]])
    };
    this.stream = stream as unknown as EventStream;
    this.book = {
      path: PATH,
      isWritable: true,
      stands: ({ decision, undoes }) =>
        undoes ? !this.inBook.has(undoes) : this.inBook.has(decision),
      carryOut: application => {
        if (this.fails) {
          throw this.fails;
        }
        this.said.push(`carry ${application.id}`);
        if (application.undoes) {
          this.inBook.delete(application.undoes);
        } else {
          this.inBook.add(application.decision);
        }
        return [`cell-${application.id}`];
      }
    };
    this.carrier = new Carrier(
      this.stream,
      {
        window: 'me',
        list: async () => [...this.waiting.values()],
        claim: async id => {
          this.answer(`claim ${id}`);
          if (this.taken) {
            throw new ApiError('claimed', `${this.taken} is carrying out ${id}`, '', 409);
          }
          return { ...this.waiting.get(id)!, state: 'claimed', window: 'me' };
        },
        applied: async id => {
          this.answer(`applied ${id}`);
          this.waiting.delete(id);
        },
        refused: async (id, _, why, code) => this.answer(`refused ${id} ${code}: ${why}`),
        reverted: async id => this.answer(`reverted ${id}`),
        redone: async id => this.answer(`redone ${id}`)
      },
      () => this.book,
      () => this.isHidden
    );
    this.carrier.problem.connect((_, problem) => void this.problems.push(problem.code));
  }

  queue(application: ApplicationRow): void {
    this.waiting.set(application.id, application);
    const { subject, decision, notebook, undoes } = application;
    this.tell(application.id, 'queued', { subject, decision, notebook, undoes });
  }

  tell(id: string, state: string, data: object = {}): void {
    const payload = { state, data, actor: {}, at: '', trust: 'own' };
    (this.stream.event as Signal<object, RecordEvent>).emit({
      root: '/r',
      seq: 1,
      type: `application.${state}`,
      id,
      v: 1,
      payload
    } as unknown as RecordEvent);
  }

  place(): void {
    (this.stream.placesChanged as unknown as Signal<object, unknown>).emit(null);
  }

  held(): string[] {
    return [...this.carrier.heldUp.values()].map(one => `${one.subject} ${one.kind} ${one.by}`);
  }

  private answer(text: string): void {
    if (this.isDown) {
      throw new ApiError('unreachable', 'the server does not answer');
    }
    this.said.push(text);
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const wait = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

test('what is decided in this window is carried out at once, and once', async () => {
  const desk = new Desk();
  const cells: string[][] = [];
  desk.carrier.carried.connect((_, carried) => void cells.push(carried.cells));
  desk.carrier.decidesHere('fnd_1');
  desk.queue(row('1'));
  desk.carrier.decided('fnd_1', PATH);
  await wait(0);
  expect(desk.said).toEqual(['claim 1', 'carry 1', 'applied 1']);
  expect(cells).toEqual([['cell-1']]);
  await wait(5000);
  expect(desk.said).toHaveLength(3);
});

test('what the answer to a decision brings claimed is put in without asking again, and once', async () => {
  const desk = new Desk();
  desk.carrier.decidesHere('fnd_1');
  // The record tells of it before the answer is there.
  desk.queue(row('1'));
  await wait(0);
  expect(desk.said).toEqual([]);
  desk.carrier.decided('fnd_1', PATH, row('1', { state: 'claimed', window: 'me' }));
  await wait(5000);
  expect(desk.said).toEqual(['carry 1', 'applied 1']);
});

test('what was decided elsewhere is left for a while to who decided it, longer by a hidden window', async () => {
  const [seen, hidden] = [new Desk(), new Desk()];
  hidden.isHidden = true;
  [seen, hidden].forEach(desk => desk.queue(row('1')));
  await wait(600);
  expect(seen.said).toEqual([]);
  await wait(200);
  expect(seen.said).toEqual(['claim 1', 'carry 1', 'applied 1']);
  expect(hidden.said).toEqual([]);
  await wait(1500);
  expect(hidden.said).toHaveLength(3);
});

test('a notebook that is opened is looked through, and who has a claim is said', async () => {
  const desk = new Desk();
  desk.waiting.set('1', row('1', { state: 'claimed', window: 'other', by: 'Zoë' }));
  desk.waiting.set('2', row('2'));
  desk.place();
  await wait(1000);
  expect(desk.said).toEqual(['claim 2', 'carry 2', 'applied 2']);
  expect(desk.held()).toEqual(['fnd_1 elsewhere Zoë']);
  // Zoë's window has put it into hers; it is still missing here.
  desk.tell('1', 'applied', { window: 'other', by: 'Zoë' });
  expect(desk.held()).toEqual(['fnd_1 elsewhere Zoë']);
  desk.inBook.add('dec_1');
  desk.tell('1', 'applied', { window: 'other', by: 'Zoë' });
  expect(desk.held()).toEqual([]);
});

test('whoever comes second learns who was first', async () => {
  const desk = new Desk();
  desk.taken = 'Ben';
  desk.queue(row('1'));
  await wait(1000);
  expect(desk.said).toEqual(['claim 1']);
  expect(desk.carrier.heldUp.get('fnd_1')).toMatchObject({ why: 'Ben is carrying out 1' });
  expect(desk.problems).toEqual([]);
});

test('what cannot be carried out is refused once, with why, and tried again when asked', async () => {
  const desk = new Desk();
  desk.fails = new Error('no room');
  desk.queue(row('1'));
  desk.place();
  await wait(1000);
  desk.tell('1', 'queued', { notebook: 'x.ipynb' });
  await wait(1000);
  expect(desk.said).toEqual(['claim 1', 'refused 1 failed: no room']);
  expect(desk.held()).toEqual(['fnd_1 refused ']);
  desk.fails = null;
  await desk.carrier.retry(PATH);
  expect(desk.said.slice(2)).toEqual(['claim 1', 'carry 1', 'applied 1']);
  expect(desk.held()).toEqual([]);
});

test('what is stale is said, and shown by its own card; of what was to be taken back, here', async () => {
  const desk = new Desk();
  desk.fails = new StaleError('cell 2 has changed');
  desk.queue(row('1'));
  await wait(1000);
  expect(desk.said).toEqual(['claim 1', 'refused 1 stale: cell 2 has changed']);
  expect(desk.held()).toEqual([]);
  desk.inBook.add('dec_0');
  desk.waiting.clear();
  desk.queue(row('2', { undoes: 'dec_0' }));
  await wait(1000);
  expect(desk.held()).toEqual(['fnd_2 refused ']);
});

test('nothing is claimed for a notebook that cannot be saved, or is not open', async () => {
  const desk = new Desk();
  desk.book!.isWritable = false;
  desk.queue(row('1'));
  await wait(1000);
  expect(desk.held()).toEqual(['fnd_1 readonly ']);
  desk.book = null;
  await desk.carrier.retry(PATH);
  expect(desk.said).toEqual([]);
});

test('an answer that was lost is given when the server is back, and nothing is put in twice', async () => {
  const desk = new Desk();
  desk.carrier.carried.connect(() => void (desk.isDown = true));
  desk.queue(row('1'));
  await wait(1000);
  expect(desk.said).toEqual(['claim 1', 'carry 1']);
  expect(desk.problems).toEqual(['unreachable']);
  desk.carrier.stepped(PATH, { application: '0', isTakingBack: false }, true);
  await wait(0);
  desk.isDown = false;
  (desk.stream.stateChanged as unknown as Signal<object, string>).emit('waiting');
  desk.place();
  await wait(1000);
  expect(desk.said.slice(2)).toEqual(['applied 1', 'reverted 0']);
});

test('undo and redo are told; of what took something back, the other way round', async () => {
  const desk = new Desk();
  const [put, back] = [
    { application: '1', isTakingBack: false },
    { application: '2', isTakingBack: true }
  ];
  desk.carrier.stepped(PATH, put, true);
  desk.carrier.stepped(PATH, put, false);
  desk.carrier.stepped(PATH, back, true);
  desk.carrier.stepped(PATH, back, false);
  await desk.carrier.settled(PATH);
  expect(desk.said).toEqual(['reverted 1', 'redone 1', 'redone 2', 'reverted 2']);
});
