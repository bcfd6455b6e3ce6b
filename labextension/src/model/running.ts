import { Signal, type ISignal } from '@lumino/signaling';

import { type ApiError, asApiError } from '../api';
import type { EventStream, ExperimentRow, RecordEvent, Verbs } from '../api';
import { Coalesced } from './coalesced';
import { RunGrid } from './rungrid';

/** So often at most is a grid drawn again while runs begin and end in bursts. */
const DRAW_MS = 120;

/**
 * The runs of one experiment that somebody looks at.
 *
 * They are asked for once; then each event of a run changes its own cell. What an event does not say, such as
 * the state of the experiment or its artifacts, is asked for again when the experiment itself changed.
 */
export class Running {
  constructor(
    readonly id: string,
    private readonly stream: EventStream,
    private readonly verbs: Pick<Verbs, 'call'>,
    private readonly door: () => string,
    private readonly root: string,
    drawMs = DRAW_MS
  ) {
    this.grid = new RunGrid(id);
    this.#looks = new Coalesced(() => this.#look(), drawMs);
    this.#draws = new Coalesced(() => Promise.resolve(this.#changed.emit()), drawMs);
  }

  readonly grid: RunGrid;

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** The experiment with its state; null until it has been read. */
  get row(): ExperimentRow | null {
    return this.#row;
  }

  /** Why the grid may be old; null when it is not. */
  get problem(): ApiError | null {
    return this.#problem;
  }

  /** Ask for the whole again. */
  refresh(): void {
    void this.#looks.ask(this.id);
  }

  /** An answer of another verb brought the whole. */
  take(row: ExperimentRow): void {
    this.#row = row;
    this.grid.fill(row);
    this.#problem = null;
    // Lines that came while the answer was on its way are told again; the last word of each run counts.
    this.#missed.splice(0).forEach(event => this.grid.apply(event));
    this.#changed.emit();
  }

  /** Begin to follow the record; the result ends it. */
  follow(): () => void {
    this.#isFollowing = true;
    this.stream.event.connect(this.#hear, this);
    this.stream.placesChanged.connect(this.refresh, this);
    this.refresh();
    return () => {
      this.#isFollowing = false;
      this.stream.event.disconnect(this.#hear, this);
      this.stream.placesChanged.disconnect(this.refresh, this);
    };
  }

  async #look(): Promise<void> {
    const door = this.door();
    if (!door || !this.#isFollowing) {
      return;
    }
    this.#missed.length = 0;
    this.#isLooking = true;
    try {
      const { experiments } = await this.verbs.call('status', { experiment: this.id }, door);
      if (experiments[0]) {
        this.take(experiments[0]);
      }
    } catch (error) {
      this.#problem = asApiError(error);
      this.#changed.emit();
    } finally {
      this.#isLooking = false;
    }
  }

  #hear(_: EventStream, event: RecordEvent): void {
    if (event.root !== this.root) {
      return;
    }
    if (event.id === this.id || (event.type.startsWith('finding.') && this.#concerns(event))) {
      this.refresh();
    } else if (event.type.startsWith('run.')) {
      if (this.#isLooking) {
        this.#missed.push(event);
      }
      if (this.grid.apply(event)) {
        void this.#draws.ask(this.id);
      }
    }
  }

  #concerns(event: RecordEvent): boolean {
    return event.payload.data['experiment'] === this.id || event.id === this.#row?.finding;
  }

  readonly #changed = new Signal<this, void>(this);
  readonly #looks: Coalesced;
  readonly #draws: Coalesced;
  readonly #missed: RecordEvent[] = [];
  #row: ExperimentRow | null = null;
  #problem: ApiError | null = null;
  #isLooking = false;
  #isFollowing = false;
}
