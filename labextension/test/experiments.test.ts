import type { ExperimentRow, RecordEvent, RunRow } from '../src/api';
import { Ranking, RunGrid, Running } from '../src/model';
import { fitted, mimeOf } from '../src/components/experiments/charts';
import { rankable } from '../src/components/experiments/rankable';
import { Door, plan, settle } from './planfakes';

describe('a ranking', () => {
  const ranking = new Ranking(['a', 'b', 'c']);

  it('moves one name and leaves itself as it was', () => {
    expect(ranking.move('c', 0).text).toBe('c > a > b');
    expect(ranking.move('a', 9).names).toEqual(['b', 'c', 'a']);
    expect(ranking.text).toBe('a > b > c');
    expect(ranking.move('a', -1)).toBe(ranking);
  });

  it('keeps its order over other arms', () => {
    expect(ranking.over(['c', 'd', 'a']).names).toEqual(['a', 'c', 'd']);
    expect(ranking.over(['c', 'b', 'a'])).toBe(ranking);
  });

  it('ranks what the plan says is ranked: effects of crossed factors, else treatments', () => {
    const crossed = plan(4, 'd', { next: ["coimprove predict exp_1 'baseline > lr > drop'"] });
    expect(rankable(crossed)).toEqual(['baseline', 'lr', 'drop']);
    expect(rankable(plan(4))).toEqual(['baseline', 'lr=0.3']);
  });
});

function run(id: string, name: string, block: number, state = 'completed'): RunRow {
  return {
    id,
    arm: name,
    block,
    replicate: 0,
    state,
    reason: '',
    seconds: state === 'completed' ? 2 : null,
    response: '',
    artifact: '',
    cell_seconds: [],
    slowest: 0,
    since: '',
    shared: null
  };
}

function experiment(runs: RunRow[], planned: [string, number][] = []): ExperimentRow {
  return {
    id: 'exp_1',
    state: 'running',
    arms: ['baseline', 'a'],
    runs,
    planned: planned.map(([name, block]) => ({ arm: name, block, replicate: 0 })),
    counts: {},
    total: 4
  } as unknown as ExperimentRow;
}

let seq = 0;
function event(type: string, id: string, state: string, data: object = {}): RecordEvent {
  seq += 1;
  const payload = { state, data, actor: {}, at: '2026-01-01T00:00:00Z', trust: 'own' };
  return { root: '/r', seq, type, id, v: 1, payload } as unknown as RecordEvent;
}

describe('the grid of runs', () => {
  it('has arms in the order in which they run, and blocks as they come', () => {
    const grid = new RunGrid('exp_1');
    grid.fill(
      experiment(
        [run('run_1', 'a', 77)],
        [
          ['baseline', 77],
          ['baseline', 12]
        ]
      )
    );
    expect(grid.rows.map(row => row.arm)).toEqual(['baseline', 'a']);
    expect(grid.blocks).toEqual([77, 12]);
    expect(grid.at('baseline', 12)?.state).toBe('planned');
    expect(grid.at('a', 12)).toBeUndefined();
  });

  it('follows a run from its events alone', () => {
    const grid = new RunGrid('exp_1');
    grid.fill(experiment([], [['a', 7]]));
    const about = { experiment: 'exp_1', arm: 'a', block: 7, replicate: 0 };
    expect(grid.apply(event('run.queued', 'run_9', 'queued', about))).toBe(true);
    expect(grid.size).toBe(1);
    grid.apply(event('run.started', 'run_9', 'running', { attempt: 1 }));
    expect(grid.get('run_9')?.since).toBe('2026-01-01T00:00:00Z');
    const ended = { seconds: 3.5, cell_seconds: [0.1, 3, 0.4], reason: '' };
    grid.apply(event('run.completed', 'run_9', 'completed', ended));
    expect(grid.get('run_9')).toMatchObject({
      state: 'completed',
      seconds: 3.5,
      slowest: 2,
      since: ''
    });
    expect(grid.sums('a')).toMatchObject({ seconds: 3.5, slowest: 2 });
    expect([...grid.counts()]).toEqual([['completed', 1]]);
  });

  it('leaves runs of other experiments alone', () => {
    const grid = new RunGrid('exp_1');
    grid.fill(experiment([run('run_1', 'a', 7)]));
    const about = { experiment: 'exp_2', arm: 'a', block: 7 };
    expect(grid.apply(event('run.queued', 'run_2', 'queued', about))).toBe(false);
    expect(grid.apply(event('run.started', 'run_2', 'running'))).toBe(false);
    expect(grid.apply(event('finding.proposed', 'fnd_1', 'pending', about))).toBe(false);
    expect(grid.size).toBe(1);
  });

  it('keeps a repetition of the baseline in a row of its own', () => {
    const grid = new RunGrid('exp_1');
    grid.fill(
      experiment([run('run_1', 'baseline', 7), { ...run('run_2', 'baseline', 7), replicate: 1 }])
    );
    expect(grid.rows.map(row => [row.arm, row.replicate])).toEqual([
      ['baseline', 0],
      ['baseline', 1]
    ]);
    expect(grid.size).toBe(2);
  });

  it('takes an event of ten thousand runs in far less than a frame', () => {
    const grid = new RunGrid('exp_1');
    const runs = Array.from({ length: 10_000 }, (_, n) =>
      run(`run_${n}`, `a${n % 10}`, n - (n % 10), 'queued')
    );
    grid.fill(experiment(runs));
    const begun = performance.now();
    for (let n = 0; n < 10_000; n += 1) {
      grid.apply(event('run.completed', `run_${n}`, 'completed', { seconds: 1 }));
    }
    expect(grid.counts().get('completed')).toBe(10_000);
    // A frame for one event would be 160 s for these.
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

/** A signal as far as a model uses it. */
class Told {
  readonly slots: ((sender: unknown, value: unknown) => void)[] = [];
  connect = (slot: (sender: unknown, value: unknown) => void, self: unknown): void =>
    void this.slots.push(slot.bind(self) as (sender: unknown, value: unknown) => void);
  disconnect = (): void => void this.slots.splice(0);
  emit(value: unknown): void {
    this.slots.forEach(slot => slot(null, value));
  }
}

describe('an experiment that is followed', () => {
  it('is asked for once; events of its runs cost no request', async () => {
    const door = new Door();
    const events = new Told();
    const stream = { event: events, placesChanged: new Told() };
    const running = new Running('exp_1', stream as never, door.verbs, () => 'x.ipynb', '/r', 0);
    const stop = running.follow();
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(door.asked).toHaveLength(1);
    // It began while the answer was on its way: the answer does not take that back.
    events.emit(event('run.started', 'run_1', 'running'));
    door.last.answer({ experiments: [experiment([run('run_1', 'a', 7, 'queued')])] });
    await settle();
    expect(running.grid.get('run_1')?.state).toBe('running');
    events.emit(event('run.completed', 'run_1', 'completed', { seconds: 1 }));
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(running.grid.get('run_1')?.state).toBe('completed');
    expect(door.asked).toHaveLength(1);
    events.emit(event('experiment.paused', 'exp_1', 'paused'));
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(door.asked).toHaveLength(2);
    stop();
    expect(events.slots).toHaveLength(0);
  });
});

describe('a plot', () => {
  const chart = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.1.0.json',
    width: 420,
    title: 'q',
    layer: [
      { mark: { type: 'point' }, encoding: { y: { axis: { labelLimit: 240 } } } },
      { mark: { type: 'text' }, encoding: { x: { value: 420 } } }
    ]
  };

  it('is drawn by the version of Vega-Lite that Lab has', () => {
    const known = [
      'text/html',
      'application/vnd.vegalite.v4+json',
      'application/vnd.vegalite.v5+json'
    ];
    expect(mimeOf(chart, known)).toBe('application/vnd.vegalite.v5+json');
    expect(mimeOf(chart, [...known, 'application/vnd.vegalite.v6+json'])).toBe(
      'application/vnd.vegalite.v6+json'
    );
    expect(mimeOf(chart, ['text/html'])).toBeNull();
  });

  it('leaves the words out where there is no room for them', () => {
    expect((fitted(chart, 276)['layer'] as object[]).length).toBe(1);
    const wide = fitted(chart, 700);
    expect((wide['layer'] as { encoding: { x?: { value: number } } }[])[1]?.encoding.x?.value).toBe(
      wide['width']
    );
    expect(Number(wide['width'])).toBeLessThan(600);
  });

  it('has the title of its axis in lines that are no wider than it is', () => {
    const title = 'difference to baseline in accuracy  (higher is better →)';
    const titled = { ...chart, layer: [{ mark: 'point', encoding: { x: { title } } }] };
    const shown = (width: number): unknown =>
      (fitted(titled, width)['layer'] as { encoding: { x: { title: unknown } } }[])[0]?.encoding.x
        .title;
    const lines = shown(276) as string[];
    expect(lines.join(' ')).toBe(title.replace(/\s+/g, ' '));
    expect(Math.max(...lines.map(line => line.length)) * 6.5).toBeLessThanOrEqual(276 - 138);
    expect(shown(900)).toBe(title);
  });
});
