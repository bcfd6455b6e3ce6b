import { Signal, type ISignal } from '@lumino/signaling';

import { type ApiError, asApiError } from '../api';
import type { EventStream, RecordEvent, ExperimentRow, Verbs } from '../api';
import { ByRoot } from './byroot';
import { Coalesced } from './coalesced';
import { pathOf } from './places';

/** An experiment, and where its notebook is. */
export interface IExperiment extends ExperimentRow {
  readonly root: string;
  /** Where Lab opens its notebook; null where that is not known. */
  readonly path: string | null;
}

/** An experiment whose runs somebody looks at. */
interface IWatched {
  lookers: number;
  row: ExperimentRow | null;
  problem: ApiError | null;
}

const LIVE = new Set(['running', 'paused']);
const ENDED = new Set(['completed', 'cancelled', 'abandoned']);
/** Runs begin and end in bursts: a grid that is looked at is read again at most so often. */
const RUNS_WAIT_MS = 300;

/** Experiments of all roots in which a notebook is open, and the runs of those that are looked at. */
export class Experiments extends ByRoot<readonly ExperimentRow[]> {
  constructor(
    stream: EventStream,
    private readonly verbs: Pick<Verbs, 'call'>
  ) {
    super(stream, ['experiment', 'finding', 'run'], RUNS_WAIT_MS);
    this.#grids = new Coalesced(id => this.#lookAt(id), RUNS_WAIT_MS);
  }

  /** One that lived when it was last seen has ended. */
  get ended(): ISignal<this, IExperiment> {
    return this.#ended;
  }

  get rows(): readonly IExperiment[] {
    const places = [...this.stream.places.values()];
    return [...this.known].flatMap(([root, rows]) =>
      rows.map(row => ({
        ...(this.#watched.get(row.id)?.row ?? row),
        root,
        path: pathOf(places, root, row.notebook)
      }))
    );
  }

  /** The experiment that is looked at whole, by its id; null for the list of all. */
  get selected(): string | null {
    return this.#selected;
  }

  /** Look at one whole, or at the list of all. */
  select(id: string | null): void {
    if (id !== this.#selected) {
      this.#selected = id;
      this.emit();
    }
  }

  /** Runs that are executed now. */
  get liveRuns(): number {
    return this.rows.reduce((sum, row) => sum + (row.counts['running'] ?? 0), 0);
  }

  /** Why the runs of an experiment that is watched may be old; null when they are not. */
  problemOf(id: string): ApiError | null {
    return this.#watched.get(id)?.problem ?? null;
  }

  get(id: string): IExperiment | undefined {
    return this.rows.find(row => row.id === id);
  }

  /** Keep the runs of an experiment up to date as long as somebody looks; the result ends it. */
  watch(id: string): () => void {
    const watched: IWatched = this.#watched.get(id) ?? { lookers: 0, row: null, problem: null };
    watched.lookers += 1;
    this.#watched.set(id, watched);
    void this.#grids.ask(id);
    return () => {
      watched.lookers -= 1;
      if (watched.lookers === 0) {
        this.#watched.delete(id);
      }
    };
  }

  protected override heard(event: RecordEvent): boolean {
    for (const [id, { row }] of this.#watched) {
      const about = event.payload.data['experiment'];
      if (event.id === id || about === id || row?.runs.some(run => run.id === event.id)) {
        void this.#grids.ask(id);
      }
    }
    return super.heard(event);
  }

  protected async ask(door: string, root: string): Promise<readonly ExperimentRow[]> {
    const before = new Map((this.known.get(root) ?? []).map(row => [row.id, row.state]));
    const { experiments } = await this.verbs.call('status', {}, door);
    for (const row of experiments) {
      if (LIVE.has(before.get(row.id) ?? '') && ENDED.has(row.state)) {
        const path = pathOf(this.stream.places.values(), root, row.notebook);
        this.#ended.emit({ ...row, root, path });
      }
    }
    return experiments;
  }

  async #lookAt(id: string): Promise<void> {
    const root = this.get(id)?.root;
    const door = [...this.stream.places.values()].find(place => place.root === root)?.path;
    const watched = this.#watched.get(id);
    if (door === undefined || watched === undefined) {
      return;
    }
    try {
      const { experiments } = await this.verbs.call('status', { experiment: id }, door);
      watched.row = experiments[0] ?? null;
      watched.problem = null;
    } catch (error) {
      watched.problem = asApiError(error);
    }
    this.emit();
  }

  readonly #ended = new Signal<this, IExperiment>(this);
  #selected: string | null = null;
  readonly #watched = new Map<string, IWatched>();
  readonly #grids: Coalesced;
}
