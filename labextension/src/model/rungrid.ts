import type { ExperimentRow, RecordEvent, RunRow } from '../api';

/** A run, or one that is wanted and not queued yet (its id is empty then). */
export type GridRun = Pick<
  RunRow,
  'id' | 'arm' | 'block' | 'replicate' | 'state' | 'reason' | 'seconds' | 'slowest' | 'since'
> &
  Partial<RunRow>;

/** A row of the grid: an arm, or its repetition in the same block. */
export interface IGridRow {
  readonly arm: string;
  readonly replicate: number;
  readonly key: string;
}

/** What became of the runs of one row. */
export interface ISums {
  readonly counts: ReadonlyMap<string, number>;
  /** Seconds of those that ended, on average; null before one has. */
  readonly seconds: number | null;
  /** The cell (from 1) in which most runs spend most of their time; 0 where that is unknown. */
  readonly slowest: number;
}

export const FINAL: ReadonlySet<string> = new Set([
  'completed',
  'failed',
  'cancelled',
  'timed_out',
  'reused'
]);
export const FAILED: ReadonlySet<string> = new Set(['failed', 'timed_out', 'lost']);

/**
 * Runs by arm and block: as an answer had them, and then as the events of the record change them.
 *
 * An event costs the same however many runs there are, so that ten thousand can be followed.
 */
export class RunGrid {
  constructor(readonly experiment: string) {}

  get rows(): readonly IGridRow[] {
    return this.#rows;
  }

  /** The numbers from which the blocks draw, in the order in which they run. */
  get blocks(): readonly number[] {
    return this.#blocks;
  }

  get size(): number {
    return this.#cells.size;
  }

  at(row: string, block: number): GridRun | undefined {
    return this.#cells.get(`${row}\n${block}`);
  }

  get(id: string): GridRun | undefined {
    const key = this.#ids.get(id);
    return key === undefined ? undefined : this.#cells.get(key);
  }

  get runs(): Iterable<GridRun> {
    return this.#cells.values();
  }

  /** The whole, as the server has it. */
  fill(experiment: ExperimentRow): void {
    this.#rows = [];
    this.#blocks = [];
    this.#cells.clear();
    this.#ids.clear();
    const order = new Map(experiment.arms.map((arm, place) => [arm, place]));
    for (const run of experiment.runs) {
      this.#put(run);
    }
    for (const { arm, block, replicate } of experiment.planned) {
      this.#put({
        id: '',
        arm,
        block,
        replicate,
        state: 'planned',
        reason: '',
        seconds: null,
        slowest: 0,
        since: ''
      });
    }
    const place = (row: IGridRow): number => order.get(row.arm) ?? order.size;
    this.#rows = [...this.#rows].sort((a, b) => place(a) - place(b) || a.replicate - b.replicate);
  }

  /** Take one line of the record; whether it was about a run of this experiment. */
  apply(event: RecordEvent): boolean {
    if (!event.type.startsWith('run.')) {
      return false;
    }
    const { data, state, at } = event.payload;
    const known = this.get(event.id);
    if (known === undefined) {
      if (data['experiment'] !== this.experiment || typeof data['arm'] !== 'string') {
        return false;
      }
      this.#put({
        id: event.id,
        arm: data['arm'],
        block: Number(data['block']),
        replicate: Number(data['replicate'] ?? 0),
        state,
        reason: '',
        seconds: null,
        slowest: 0,
        since: state === 'running' ? at : ''
      });
      return true;
    }
    const now: GridRun = {
      ...known,
      state: state || known.state,
      reason: typeof data['reason'] === 'string' ? data['reason'] : '',
      since: state === 'running' ? at : ''
    };
    // Of what was imported nobody knows how long it took.
    if (typeof data['seconds'] === 'number' && data['seconds'] > 0) {
      now.seconds = data['seconds'];
    }
    const environment = data['environment'] as { shared?: GridRun['shared'] } | undefined;
    if (environment?.shared) {
      now.shared = environment.shared;
    }
    if (Array.isArray(data['cell_seconds'])) {
      now.cell_seconds = data['cell_seconds'].map(Number);
      now.slowest = slowestOf(now.cell_seconds);
    }
    this.#cells.set(this.#ids.get(event.id) ?? '', now);
    return true;
  }

  /** How many runs are in each state. */
  counts(): ReadonlyMap<string, number> {
    return counted(this.#cells.values());
  }

  sums(row: string): ISums {
    const runs = this.#blocks.flatMap(block => this.at(row, block) ?? []);
    const seconds = runs.flatMap(run => (FINAL.has(run.state) ? (run.seconds ?? []) : []));
    const slowest = counted(runs.map(run => ({ state: String(run.slowest) })));
    slowest.delete('0');
    const often = [...slowest].sort((a, b) => b[1] - a[1])[0];
    return {
      counts: counted(runs),
      seconds: seconds.length ? seconds.reduce((sum, one) => sum + one, 0) / seconds.length : null,
      slowest: often ? Number(often[0]) : 0
    };
  }

  #put(run: GridRun): void {
    const key = rowKey(run.arm, run.replicate);
    const cell = `${key}\n${run.block}`;
    if (!this.#rows.some(row => row.key === key)) {
      this.#rows = [...this.#rows, { arm: run.arm, replicate: run.replicate, key }];
    }
    if (!this.#seen.has(run.block) || this.#cells.size === 0) {
      if (this.#cells.size === 0) {
        this.#seen.clear();
      }
      this.#seen.add(run.block);
      this.#blocks = [...this.#seen];
    }
    this.#cells.set(cell, run);
    if (run.id) {
      this.#ids.set(run.id, cell);
    }
  }

  #rows: readonly IGridRow[] = [];
  #blocks: readonly number[] = [];
  readonly #seen = new Set<number>();
  readonly #cells = new Map<string, GridRun>();
  readonly #ids = new Map<string, string>();
}

export function rowKey(arm: string, replicate: number): string {
  return replicate > 0 ? `${arm}\t${replicate}` : arm;
}

function counted(runs: Iterable<{ state: string }>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { state } of runs) {
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

function slowestOf(seconds: readonly number[]): number {
  const most = Math.max(0, ...seconds);
  return most > 0 ? seconds.indexOf(most) + 1 : 0;
}
