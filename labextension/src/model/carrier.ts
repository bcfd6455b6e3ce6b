import { Signal, type ISignal } from '@lumino/signaling';

import { type ApiError, asApiError } from '../api';
import type { ApplicationRow, Applications, EventStream, RecordEvent } from '../api';
import { StaleError } from './edits';
import { pathOf } from './places';

/** What an undo or a redo of the notebook takes back or brings back. */
export interface ITag {
  /** The application that put it there. */
  readonly application: string;
  /** Whether the step takes it out, as the undo of an accepted edit does. */
  readonly isTakingBack: boolean;
}

/** What tells whether an application is done already; its edits, where they are known. */
export type IStanding = Pick<ApplicationRow, 'decision' | 'undoes'> &
  Partial<Pick<ApplicationRow, 'edits'>>;

/** An open notebook, as far as accepted edits are carried out in it. */
export interface IBook {
  readonly path: string;
  /** False for a notebook that cannot be saved: nothing is claimed for it. */
  readonly isWritable: boolean;
  /** Whether what an application is to do is done in it already. */
  stands(application: IStanding): boolean;
  /** Put it in, as one undo step; the ids of cells that hold it. Throws a StaleError. */
  carryOut(application: ApplicationRow): string[];
}

/** What stands between a decision and the notebook. */
export interface IHeldUp {
  readonly subject: string;
  readonly path: string;
  /**
   * `elsewhere`: another window did it, or does; `refused` and `readonly` say why not; `moved`: it waits on,
   * for the notebook at the path `why`.
   */
  readonly kind: 'elsewhere' | 'refused' | 'readonly' | 'moved';
  readonly by: string;
  readonly why: string;
}

/** An application of which this window has heard. */
interface IKnown {
  readonly subject: string;
  readonly decision: string;
  readonly undoes: string;
  readonly edits: ApplicationRow['edits'];
  readonly path: string;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** How long others leave an application to the window in which it was decided on. */
const OTHERS_MS = 700;
const HIDDEN_MS = 2000;
/** How long a rename may take until the notebook is open under its new name. */
const MOVED_MS = 1500;

/**
 * Carries accepted edits out in this window's notebooks, one after the other for each of them.
 *
 * Exactly one window claims an application; what this one could not say because the connection was
 * gone, it says when it is back.
 */
export class Carrier {
  constructor(
    private readonly stream: EventStream,
    private readonly applications: Pick<
      Applications,
      'window' | 'list' | 'claim' | 'applied' | 'refused' | 'reverted' | 'redone'
    >,
    private readonly book: (path: string) => IBook | null,
    private readonly isHidden: () => boolean = () => document.visibilityState === 'hidden'
  ) {
    stream.event.connect((_, event) => this.hear(event));
    stream.placesChanged.connect(() => this.placed());
    stream.stateChanged.connect((_, state) => {
      if (state !== 'open') {
        this.#placed.clear();
      }
    });
  }

  /** Something was carried out, with the ids of the cells that hold it now. */
  get carried(): ISignal<this, { path: string; application: ApplicationRow; cells: string[] }> {
    return this.#carried;
  }

  /** What could not be said or done, with its remedy. */
  get problem(): ISignal<this, ApiError> {
    return this.#problem;
  }

  get heldUpChanged(): ISignal<this, void> {
    return this.#heldUpChanged;
  }

  /** Decisions that are not in the notebook of this window, by their subject. */
  get heldUp(): ReadonlyMap<string, IHeldUp> {
    return this.#heldUp;
  }

  /** A person decides on this in this window: it is carried out here, and at once. */
  decidesHere(subject: string): void {
    this.#mine.add(subject);
  }

  /** That is over; with a path, what came of it is put in, and what else waits for that notebook is looked for. */
  decided(subject: string, path: string | null, claimed?: ApplicationRow): void {
    if (path !== null) {
      if (claimed) {
        void this.queue(path, () => this.place(claimed, path));
      }
      void this.queue(path, () => this.sync(path)).finally(() => this.#mine.delete(subject));
    } else {
      this.#mine.delete(subject);
    }
  }

  /** Look for what waits for a notebook, and try again what was refused. */
  retry(path: string): Promise<void> {
    for (const [subject, held] of this.#heldUp) {
      if (held.path === path) {
        this.holdUp(subject, null);
      }
    }
    this.#refused.clear();
    return this.queue(path, () => this.sync(path));
  }

  /** The notebook at this path can be worked with now. */
  opened(path: string): void {
    this.later(path);
  }

  /**
   * The person undid or redid a step of the notebook that an application made.
   *
   * The tag may name the decision, as cells do, where somebody deletes them or brings them back by hand.
   */
  stepped(path: string, tag: ITag, isUndo: boolean): void {
    const isOut = tag.isTakingBack ? !isUndo : isUndo;
    void this.queue(path, () => this.tell(path, tag.application, isOut));
  }

  /** Resolves when all that is under way for a notebook is done. */
  settled(path: string): Promise<void> {
    return this.queue(path, () => Promise.resolve());
  }

  private hear(event: RecordEvent): void {
    const [kind = '', what] = event.type.split('.');
    if (kind !== 'application') {
      this.followMove(event, what === 'moved');
      return;
    }
    const { data, state } = event.payload;
    const path = pathOf(this.stream.places.values(), event.root, text(data['notebook']));
    if (data['subject'] && path !== null) {
      this.#known.set(event.id, {
        subject: text(data['subject']),
        decision: text(data['decision']),
        undoes: text(data['undoes']),
        edits: (data['edits'] ?? []) as ApplicationRow['edits'],
        path
      });
    }
    const known = this.#known.get(event.id);
    if (!known) {
      return;
    }
    if (state === 'queued') {
      // What is decided in this window comes with the answer, or is looked for once that is there.
      if (!this.#mine.has(known.subject)) {
        this.later(known.path);
      }
    } else {
      this.follow(event, known);
    }
  }

  /**
   * Another window has it, or had it: that is shown where it is missing here.
   *
   * What happened before this notebook was looked through is told again on connecting, and is no news.
   */
  private follow(event: RecordEvent, known: IKnown): void {
    const { subject, path } = known;
    const { data, state } = event.payload;
    const window = text(data['window']);
    if (state === 'reverted') {
      this.holdUp(subject, null);
    } else if (this.#synced.has(path) && window && window !== this.applications.window) {
      const isMissing = state === 'claimed' || this.book(path)?.stands(known) === false;
      const by = text(data['by']);
      this.holdUp(subject, isMissing ? { subject, path, kind: 'elsewhere', by, why: '' } : null);
    }
  }

  /**
   * What stood in an open notebook went along with its cells to another file, as this one's was gone.
   *
   * After a rename in Lab the notebook is open under its new name a moment later, and nothing is said.
   */
  private followMove({ id, root, payload }: RecordEvent, isMove: boolean): void {
    if (this.#heldUp.get(id)?.kind === 'moved') {
      this.holdUp(id, null);
    }
    const from = text(payload.data['moved_from']);
    if (!isMove || !from) {
      return;
    }
    setTimeout(() => {
      const places = [...this.stream.places.values()];
      const path = pathOf(places, root, from);
      const why = pathOf(places, root, text(payload.data['notebook'])) ?? '';
      if (path !== null && path !== why && this.stream.places.has(path) && this.book(path)) {
        this.holdUp(id, { subject: id, path, kind: 'moved', by: '', why });
      }
    }, MOVED_MS);
  }

  private placed(): void {
    for (const path of this.#placed) {
      if (!this.stream.places.has(path)) {
        this.#placed.delete(path);
        this.#synced.delete(path);
      }
    }
    for (const path of this.stream.places.keys()) {
      if (!this.#placed.has(path)) {
        this.#placed.add(path);
        this.later(path);
      }
    }
  }

  private later(path: string): void {
    if (!this.#timers.has(path)) {
      const wait = this.isHidden() ? HIDDEN_MS : OTHERS_MS;
      const look = (): void => {
        this.#timers.delete(path);
        void this.queue(path, () => this.sync(path));
      };
      this.#timers.set(path, setTimeout(look, wait));
    }
  }

  private queue(path: string, task: () => Promise<void>): Promise<void> {
    const next = (this.#queues.get(path) ?? Promise.resolve())
      .then(task)
      .catch((error: unknown) => {
        this.#problem.emit(asApiError(error));
      });
    this.#queues.set(path, next);
    return next;
  }

  private async sync(path: string): Promise<void> {
    if (this.book(path) === null || !this.stream.places.has(path)) {
      return;
    }
    for (const row of await this.applications.list(path)) {
      const { id, subject, decision, undoes, edits, by } = row;
      this.#known.set(id, { subject, decision, undoes, edits, path });
      if (row.state === 'claimed' && row.window !== this.applications.window) {
        this.holdUp(subject, { subject, path, kind: 'elsewhere', by, why: '' });
      } else if (this.#done.has(id) && this.book(path)?.stands(row)) {
        await this.applications.applied(id, path);
      } else {
        this.#done.delete(id);
        await this.carry(id, path);
      }
    }
    this.#synced.add(path);
    await this.tellAgain(path);
  }

  private async carry(id: string, path: string): Promise<void> {
    const book = this.book(path);
    const subject = this.#known.get(id)?.subject ?? id;
    if (book === null || this.#done.has(id) || this.#refused.has(id)) {
      return;
    }
    if (!book.isWritable) {
      this.holdUp(subject, { subject, path, kind: 'readonly', by: '', why: '' });
      return;
    }
    let application: ApplicationRow;
    try {
      application = await this.applications.claim(id, path);
    } catch (error) {
      this.notOurs(error, subject, path);
      return;
    }
    await this.place(application, path);
  }

  /** Put in what this window has claimed, and say so. */
  private async place(application: ApplicationRow, path: string): Promise<void> {
    const { id, subject } = application;
    const cells = this.#done.has(id) ? null : await this.put(application, path);
    if (cells === null) {
      return;
    }
    this.#done.add(id);
    this.holdUp(subject, null);
    this.#carried.emit({ path, application, cells });
    await this.applications.applied(id, path);
  }

  /** The cells that hold it now; null when it was refused, or the notebook is closed by now. */
  private async put(application: ApplicationRow, path: string): Promise<string[] | null> {
    const book = this.book(path);
    if (book === null) {
      return null;
    }
    const { id, subject } = application;
    try {
      return book.stands(application) ? [] : book.carryOut(application);
    } catch (error) {
      // Whatever it is: the record says that it was not carried out, and the person sees why.
      const why = error instanceof Error ? error.message : String(error);
      const isStale = error instanceof StaleError;
      this.#refused.add(id);
      // What is stale waits again, and its own card says so.
      const held = { subject, path, kind: 'refused' as const, by: '', why };
      this.holdUp(subject, isStale && !application.undoes ? null : held);
      await this.applications.refused(id, path, why, isStale ? 'stale' : 'failed');
      return null;
    }
  }

  private notOurs(error: unknown, subject: string, path: string): void {
    const said = asApiError(error);
    if (said.status !== 409) {
      throw said;
    }
    this.holdUp(subject, { subject, path, kind: 'elsewhere', by: '', why: said.message });
  }

  /** Record what the person did by undo and redo; kept and said later where nobody answers. */
  private async tell(path: string, application: string, isOut: boolean): Promise<void> {
    try {
      await (isOut
        ? this.applications.reverted(application, path)
        : this.applications.redone(application, path));
    } catch (error) {
      const said = asApiError(error);
      if (said.status === 0) {
        this.#unsaid.push({ path, application, isOut });
      }
      // A cell of another project names a decision of which nothing is known here.
      if (said.status !== 404) {
        throw said;
      }
    }
  }

  private async tellAgain(path: string): Promise<void> {
    const due = this.#unsaid.filter(one => one.path === path);
    this.#unsaid = this.#unsaid.filter(one => one.path !== path);
    for (const { application, isOut } of due) {
      await this.tell(path, application, isOut);
    }
  }

  private holdUp(subject: string, held: IHeldUp | null): void {
    if (held === null ? this.#heldUp.delete(subject) : this.#heldUp.set(subject, held)) {
      this.#heldUpChanged.emit();
    }
  }

  readonly #carried = new Signal<
    this,
    { path: string; application: ApplicationRow; cells: string[] }
  >(this);
  readonly #problem = new Signal<this, ApiError>(this);
  readonly #heldUpChanged = new Signal<this, void>(this);
  readonly #heldUp = new Map<string, IHeldUp>();
  readonly #known = new Map<string, IKnown>();
  readonly #mine = new Set<string>();
  readonly #done = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #synced = new Set<string>();
  readonly #placed = new Set<string>();
  readonly #queues = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #unsaid: { path: string; application: string; isOut: boolean }[] = [];
}
