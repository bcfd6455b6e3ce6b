import { Signal, type ISignal } from '@lumino/signaling';

/**
 * The one switch that turns all AI off: whoever would ask a model looks here first.
 *
 * Planning, running and judging by arithmetic go on without it.
 */
export class AiSwitch {
  get changed(): ISignal<this, boolean> {
    return this.#changed;
  }

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    if (on !== this.#on) {
      this.#on = on;
      this.#changed.emit(on);
    }
  }

  get providerChanged(): ISignal<this, string> {
    return this.#providerChanged;
  }

  /** Who answers the questions of this person; empty: as the server has it settled. */
  get provider(): string {
    return this.#provider;
  }

  /** Which of its models; empty: as settled. */
  get model(): string {
    return this.#model;
  }

  choose(provider: string, model = ''): void {
    if (provider !== this.#provider || model !== this.#model) {
      this.#provider = provider;
      this.#model = model;
      this.#providerChanged.emit(provider);
    }
  }

  readonly #changed = new Signal<this, boolean>(this);
  readonly #providerChanged = new Signal<this, string>(this);
  #on = true;
  #provider = '';
  #model = '';
}
