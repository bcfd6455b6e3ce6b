import { Signal, type ISignal } from '@lumino/signaling';

import { type ApiError, asApiError } from '../api';
import type { EventStream, RecordEvent } from '../api';
import { Coalesced } from './coalesced';
import { doors } from './places';

/**
 * What is known of each root in which a notebook is open: asked for once, and again when an event says so.
 *
 * Nothing is polled. It is asked again when a connection is back. A root whose notebooks are all closed is forgotten.
 */
export abstract class ByRoot<T> {
  /** @param kinds - the kinds of things whose events are a reason to look again */
  constructor(
    protected readonly stream: EventStream,
    private readonly kinds: readonly string[],
    waitMs?: number
  ) {
    this.#looks = new Coalesced(root => this.#look(root), waitMs);
    stream.event.connect((_, event) => this.#hear(event));
    stream.followed.connect((_, root) => void this.#looks.ask(root));
    stream.placesChanged.connect(() => this.#placed());
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** Why what is shown may be old; null when it is not. */
  get problem(): ApiError | null {
    return [...this.#problems.values()][0] ?? null;
  }

  /** Whether each root has answered, if only with an error. */
  get isReady(): boolean {
    return [...doors(this.stream.places.values()).keys()].every(
      root => this.known.has(root) || this.#problems.has(root)
    );
  }

  /** Look again at one root, or at all; resolves when that is done. */
  async refresh(root?: string): Promise<void> {
    const roots = root === undefined ? [...doors(this.stream.places.values()).keys()] : [root];
    await Promise.all(roots.map(one => this.#looks.ask(one)));
  }

  /** Ask the record of a root, through one of its open notebooks. */
  protected abstract ask(door: string, root: string): Promise<T>;

  /** An event came; true when it is a reason to look. */
  protected heard(event: RecordEvent): boolean {
    return this.kinds.includes(event.type.split('.')[0] ?? '');
  }

  protected emit(): void {
    this.#changed.emit();
  }

  protected readonly known = new Map<string, T>();

  async #look(root: string): Promise<void> {
    const door = doors(this.stream.places.values()).get(root);
    if (door === undefined) {
      return;
    }
    try {
      this.known.set(root, await this.ask(door, root));
      this.#problems.delete(root);
    } catch (error) {
      this.#problems.set(root, asApiError(error));
    }
    this.emit();
  }

  #hear(event: RecordEvent): void {
    if (this.heard(event)) {
      void this.#looks.ask(event.root);
    }
  }

  #placed(): void {
    const open = doors(this.stream.places.values());
    for (const root of [...this.known.keys(), ...this.#problems.keys()]) {
      if (!open.has(root)) {
        this.known.delete(root);
        this.#problems.delete(root);
      }
    }
    for (const root of open.keys()) {
      if (!this.known.has(root)) {
        void this.#looks.ask(root);
      }
    }
    this.emit();
  }

  readonly #changed = new Signal<this, void>(this);
  readonly #problems = new Map<string, ApiError>();
  readonly #looks: Coalesced;
}
