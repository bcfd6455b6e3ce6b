import { Signal, type ISignal } from '@lumino/signaling';

/** Which notebooks are open in this window, by their paths of the contents API, and which is in front. */
export class OpenBooks {
  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** In the order in which they were opened. */
  get paths(): readonly string[] {
    return this.#paths;
  }

  /** The notebook in front, or the one that was last; null when none is open. */
  get current(): string | null {
    return this.#current;
  }

  /** Both at once: whoever knows the windows says what is open now. */
  set(paths: readonly string[], current: string | null): void {
    const unique = [...new Set(paths)];
    const front = current !== null && unique.includes(current) ? current : (unique[0] ?? null);
    if (front === this.#current && unique.join('\n') === this.#paths.join('\n')) {
      return;
    }
    this.#paths = unique;
    this.#current = front;
    this.#changed.emit();
  }

  readonly #changed = new Signal<this, void>(this);
  #paths: readonly string[] = [];
  #current: string | null = null;
}
