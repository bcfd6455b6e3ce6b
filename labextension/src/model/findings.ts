import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError } from '../api';
import type { EventStream, FindingView, Verbs } from '../api';

/** Findings by id: each is asked for when it is first looked at, and again after an event about it. */
export class Findings {
  constructor(
    stream: EventStream,
    private readonly verbs: Pick<Verbs, 'call'>
  ) {
    stream.event.connect((_, event) => {
      if (event.type.startsWith('finding.')) {
        this.#kept.delete(event.id);
        this.#changed.emit(event.id);
      }
    });
  }

  /** With the id of the finding that is another now, or new. */
  get changed(): ISignal<this, string> {
    return this.#changed;
  }

  /** The finding whole; rejects with an `ApiError`. `door` is an open notebook of its root. */
  get(id: string, door: string): Promise<FindingView> {
    const kept = this.#kept.get(id);
    if (kept) {
      return kept;
    }
    const asked = this.verbs.call('show', { id }, door).then(view => {
      if (view.view !== 'FindingView') {
        throw new ApiError('answer', `${id} is no finding`);
      }
      return view;
    });
    this.#kept.set(id, asked);
    asked.catch(() => this.#kept.delete(id));
    return asked;
  }

  readonly #changed = new Signal<this, string>(this);
  readonly #kept = new Map<string, Promise<FindingView>>();
}
