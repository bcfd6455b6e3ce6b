import { Signal } from '@lumino/signaling';

import type { IPlace, ProgressEvent, RecordEvent, ReviewRow, StreamState, Verbs } from '../src/api';

/** The stream as models see it; the test says what comes. */
export class FakeStream {
  readonly event = new Signal<this, RecordEvent>(this);
  readonly followed = new Signal<this, string>(this);
  readonly progress = new Signal<this, ProgressEvent>(this);
  readonly stateChanged = new Signal<this, StreamState>(this);
  readonly placesChanged = new Signal<this, ReadonlyMap<string, IPlace>>(this);
  readonly window = 'w1';
  places: ReadonlyMap<string, IPlace> = new Map();
  retries = 0;

  place(places: readonly IPlace[]): void {
    this.places = new Map(places.map(place => [place.path, place]));
    this.placesChanged.emit(this.places);
  }

  tell(event: RecordEvent): void {
    this.event.emit(event);
  }

  retry(): void {
    this.retries += 1;
  }
}

/** Verbs that a function answers; what it throws is the refusal. */
export function verbs(
  answer: (verb: string, args: object, path: string) => object
): Pick<Verbs, 'call'> {
  const call = (verb: string, args: object, path = ''): Promise<object> =>
    Promise.resolve().then(() => answer(verb, args, path));
  return { call: call as Verbs['call'] };
}

/** Something that waits. */
export function row(id: string, more: Partial<ReviewRow> = {}): ReviewRow {
  return {
    id,
    kind: 'finding',
    state: 'pending',
    notebook: 'y.ipynb',
    title: `about ${id}`,
    changed: '2',
    trust: 'own',
    author: 'coimprove',
    author_kind: 'tool',
    why: '',
    cell: 0,
    cell_id: '',
    alone: false,
    ...more
  };
}

export function tick(ms = 10): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

/** Wait until it holds; fails after two seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 2000) {
      throw new Error('it never held');
    }
    await tick();
  }
}
