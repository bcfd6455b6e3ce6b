import { Signal, type ISignal } from '@lumino/signaling';

/** Whose trail is shown: an id (or `last`), asked for through an open notebook of its root. */
export interface ITrail {
  readonly subject: string;
  readonly door: string;
}

/** The one trail that the panel shows instead of the record; none at first. */
export class Trails {
  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  get shown(): ITrail | null {
    return this.#shown;
  }

  show(trail: ITrail | null): void {
    this.#shown = trail;
    this.#changed.emit();
  }

  readonly #changed = new Signal<this, void>(this);
  #shown: ITrail | null = null;
}
