import { EventStream, type RecordEvent, type StreamState } from '../src/api';

/** A server's end of the WebSocket, as far as a stream notices it. */
class Socket {
  static all: Socket[] = [];
  static get last(): Socket {
    return Socket.all[Socket.all.length - 1]!;
  }

  constructor() {
    Socket.all.push(this);
  }

  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  readonly said: Record<string, unknown>[] = [];
  isClosed = false;

  send(text: string): void {
    this.said.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  tell(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function line(seq: number, root = '/r'): object {
  const payload = { state: 'pending', data: {}, actor: {}, at: '', trust: 'own' };
  return { root, seq, type: 'finding.proposed', id: 'fnd_1', v: 1, payload };
}

const HERE = {
  type: 'present',
  notebooks: [{ path: 'a/x.ipynb', root: '/r', notebook: 'x.ipynb' }]
};

function stream(): { stream: EventStream; seqs: number[]; states: StreamState[] } {
  const made = new EventStream({
    window: 'w1',
    url: () => 'ws://here/events',
    connect: () => new Socket() as unknown as WebSocket,
    backOff: attempt => 100 * (attempt + 1)
  });
  const seqs: number[] = [];
  const states: StreamState[] = [];
  made.event.connect((_, event: RecordEvent) => void seqs.push(event.seq));
  made.stateChanged.connect((_, state) => void states.push(state));
  return { stream: made, seqs, states };
}

beforeEach(() => {
  Socket.all = [];
  jest.useFakeTimers();
});
afterEach(() => jest.useRealTimers());

test('a window says which notebooks are open, and follows the root of each once', () => {
  const { stream: made } = stream();
  made.present(['b.ipynb', 'a/x.ipynb', 'b.ipynb']);
  Socket.last.onopen?.();
  expect(Socket.last.said).toEqual([
    { op: 'present', window: 'w1', paths: ['a/x.ipynb', 'b.ipynb'] }
  ]);
  const notebooks = [...HERE.notebooks, { path: 'b.ipynb', root: '/r', notebook: '../b.ipynb' }];
  Socket.last.tell({ type: 'present', notebooks });
  Socket.last.tell({ type: 'present', notebooks });
  expect(Socket.last.said.slice(1)).toEqual([{ follow: 'a/x.ipynb', after: null, batch: true }]);
  expect(made.places.get('b.ipynb')?.root).toBe('/r');
});

test('the same set is said once, another one again', () => {
  const { stream: made } = stream();
  made.present(['a.ipynb']);
  Socket.last.onopen?.();
  made.present(['a.ipynb']);
  made.present([]);
  expect(Socket.last.said.map(said => said['paths'])).toEqual([['a.ipynb'], []]);
});

test('after a broken connection it goes on where it was: no gap, no repeat', () => {
  const { stream: made, seqs, states } = stream();
  made.present(['a/x.ipynb']);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  [1, 2, 5].forEach(seq => Socket.last.tell(line(seq)));
  Socket.last.onclose?.();
  jest.advanceTimersByTime(99);
  expect(Socket.all).toHaveLength(1);
  jest.advanceTimersByTime(1);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  expect(Socket.last.said[1]).toEqual({ follow: 'a/x.ipynb', after: 5, batch: true });
  // What a server repeats all the same is not told again.
  // Several may come at once.
  Socket.last.tell([line(4), line(5), line(6)]);
  [6, 7].forEach(seq => Socket.last.tell(line(seq)));
  expect(seqs).toEqual([1, 2, 5, 6, 7]);
  expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
});

test('what was there before this window came is not told again after a break either', () => {
  const { stream: made, seqs } = stream();
  const followed: string[] = [];
  made.followed.connect((_, root) => void followed.push(root));
  made.present(['a/x.ipynb']);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  Socket.last.tell({ type: 'following', root: '/r', after: 9000 });
  Socket.last.onclose?.();
  jest.advanceTimersByTime(100);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  expect(Socket.last.said[1]).toEqual({ follow: 'a/x.ipynb', after: 9000, batch: true });
  // The record was made anew meanwhile: its numbers begin again.
  Socket.last.tell({ type: 'following', root: '/r', after: 3 });
  [3, 4, 5].forEach(seq => Socket.last.tell(line(seq)));
  expect(seqs).toEqual([4, 5]);
  expect(followed).toEqual(['/r', '/r']);
});

test('each root has its own numbers', () => {
  const { stream: made, seqs } = stream();
  made.present(['a/x.ipynb']);
  Socket.last.onopen?.();
  [line(7), line(3, '/other'), line(4, '/other'), line(8)].forEach(l => Socket.last.tell(l));
  expect(seqs).toEqual([7, 3, 4, 8]);
});

test('it waits longer each time, and not at all when the network is back', () => {
  const { stream: made } = stream();
  made.present([]);
  for (const wait of [100, 200, 300]) {
    Socket.last.onclose?.();
    const before = Socket.all.length;
    jest.advanceTimersByTime(wait - 1);
    expect(Socket.all).toHaveLength(before);
    jest.advanceTimersByTime(1);
    expect(Socket.all).toHaveLength(before + 1);
  }
  Socket.last.onclose?.();
  made.retry();
  expect(Socket.all).toHaveLength(5);
  made.dispose();
  expect(Socket.last.isClosed).toBe(true);
  jest.advanceTimersByTime(60_000);
  expect(Socket.all).toHaveLength(5);
});

test('a new connection takes the place of one that only looks alive', () => {
  const { stream: made, seqs } = stream();
  made.reconnect();
  expect(Socket.all).toHaveLength(0);
  made.present(['a/x.ipynb']);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  Socket.last.tell(line(4));
  const old = Socket.last;
  made.reconnect();
  expect(old.isClosed).toBe(true);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  expect(Socket.last.said[1]).toEqual({ follow: 'a/x.ipynb', after: 4, batch: true });
  old.tell(line(9));
  Socket.last.tell(line(5));
  expect(seqs).toEqual([4, 5]);
});

test('a root that could not be followed is asked for again when notebooks are said again', () => {
  const { stream: made } = stream();
  const problems: string[] = [];
  made.problem.connect((_, problem) => void problems.push(`${problem.code}: ${problem.remedy}`));
  made.present(['a/x.ipynb']);
  Socket.last.onopen?.();
  Socket.last.tell(HERE);
  const error = { code: 'record_busy', message: 'held', remedy: 'wait' };
  Socket.last.tell({ type: 'error', root: '/r', error });
  Socket.last.tell(HERE);
  expect(problems).toEqual(['record_busy: wait']);
  expect(Socket.last.said.filter(said => 'follow' in said)).toHaveLength(2);
});
