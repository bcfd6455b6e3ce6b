import { Signal, type ISignal } from '@lumino/signaling';

import type { Answers, ApplicationRow, EventStream, ReviewRow, Verbs } from '../api';
import { ByRoot } from './byroot';
import { pathOf } from './places';

/** Something that waits for a decision, and where. */
export interface IWaiting extends ReviewRow {
  readonly root: string;
  /** Where Lab opens its notebook; null where that is not known. */
  readonly path: string | null;
  /** Whether the notebook is open in this window. */
  readonly isOpen: boolean;
}

/** What a person may say to something that waits. */
export type DecisionVerb = 'accept' | 'edit' | 'reject' | 'defer';

/** A decision that was made in this window and can be taken back. */
export interface IDecided {
  readonly verb: DecisionVerb;
  readonly row: IWaiting;
  readonly summary: string;
  /** What is to be carried out for it, claimed for this window already. */
  readonly claimed?: ApplicationRow | undefined;
}

export interface IDecideOptions {
  /** Why, in one line; kept with the decision. */
  readonly reason?: string;
  /** Of a plan that is accepted: run it at once. */
  readonly run?: boolean;
  /** Of a finding that is edited: its new words. */
  readonly text?: string;
  /** Of a proposal that is edited: `N=SOURCE`, the new source of its N-th change. */
  readonly set?: string[];
  /** Decided together with others, in one go. */
  readonly bulk?: true;
}

export type Shown = Answers['show'];

/** How many reasons are offered again, and how many decisions can be taken back by `undoLast`. */
const REASONS = 5;
const DECIDED = 100;

/** What is judged true or not: it has no words that are edited, and nothing of it runs. */
export function isJudged(row: Pick<ReviewRow, 'kind'>): boolean {
  return row.kind === 'check' || row.kind === 'card' || row.kind === 'lesson';
}

/** What waits for a decision, over all roots in which a notebook is open; newest first. */
export class Inbox extends ByRoot<readonly ReviewRow[]> {
  constructor(
    stream: EventStream,
    private readonly verbs: Pick<Verbs, 'call'>
  ) {
    super(stream, ['experiment', 'check', 'card', 'lesson', 'finding', 'proposal', 'decision']);
  }

  get rows(): readonly IWaiting[] {
    const places = [...this.stream.places.values()];
    const open = new Set(places.map(place => `${place.root}\n${place.notebook}`));
    const rows = [...this.known].flatMap(([root, found]) =>
      found.map(row => ({
        ...row,
        root,
        path: pathOf(places, root, row.notebook),
        isOpen: open.has(`${root}\n${row.notebook}`)
      }))
    );
    return rows.sort((a, b) => (a.changed < b.changed ? 1 : a.changed > b.changed ? -1 : 0));
  }

  /** Those of notebooks that are open in this window. */
  get waiting(): readonly IWaiting[] {
    return this.rows.filter(row => row.isOpen);
  }

  /** The last reasons given in this window, newest first. */
  get reasons(): readonly string[] {
    return this.#reasons;
  }

  /** What was decided in this window and can be taken back, newest last. */
  get decided(): readonly IDecided[] {
    return this.#decided;
  }

  /** What was decided, or taken back, just now. */
  get decidedChanged(): ISignal<this, IDecided | null> {
    return this.#decidedChanged;
  }

  /** The name of this window where it can carry out what is decided for the notebook at this path; else empty. */
  carries: (path: string | null) => string = () => '';

  /** The thing whole; asked for again once it has changed. */
  details(row: IWaiting): Promise<Shown> {
    const key = `${row.id} ${row.changed}`;
    let asked = this.#details.get(key);
    if (!asked) {
      asked = this.verbs.call('show', { id: row.id }, this.door(row));
      this.#details.set(key, asked);
      asked.catch(() => this.#details.delete(key));
    }
    return asked;
  }

  /** Carry out a decision of the person in front; rejects with an `ApiError`, and then nothing was decided. */
  async decide(verb: DecisionVerb, row: IWaiting, options: IDecideOptions = {}): Promise<string> {
    const { reason, run, text, set, bulk } = options;
    const about = { id: row.id, ...(reason ? { reason } : {}) };
    const several = { ...about, ...(bulk ? { bulk } : {}) };
    const door = this.door(row);
    const window = this.carries(row.path);
    let claimed: ApplicationRow | undefined;
    let summary: string;
    if (verb === 'accept') {
      const args = { ...several, ...(run ? { run } : {}), ...(await this.seen(row)) };
      ({ summary, claimed } = await this.verbs.call('accept', args, door, { window }));
    } else if (verb === 'edit') {
      const args = {
        ...about,
        ...(set ? { set } : { text: text ?? '' }),
        ...(await this.seen(row))
      };
      ({ summary, claimed } = await this.verbs.call('edit', args, door, { window }));
    } else {
      summary = (await this.verbs.call(verb, several, door)).summary;
    }
    if (reason) {
      this.#reasons = [reason, ...this.#reasons.filter(one => one !== reason)].slice(0, REASONS);
    }
    const decided = { verb, row, summary, claimed };
    this.#decided = [...this.#decided, decided].slice(-DECIDED);
    this.#decidedChanged.emit(decided);
    await this.refresh(row.root);
    return summary;
  }

  /** Take a decision of this window back; the last one where none is named. */
  async undo(decided = this.#decided[this.#decided.length - 1]): Promise<string> {
    if (!decided) {
      return '';
    }
    const { row } = decided;
    const { summary } = await this.verbs.call('undo', { id: row.id }, this.door(row));
    this.#decided = this.#decided.filter(one => one !== decided);
    this.#decidedChanged.emit(null);
    await this.refresh(row.root);
    return summary;
  }

  /** See what proposed code shows, in a locked copy of its notebook's kernel; it goes on waiting. */
  async preview(row: IWaiting): Promise<void> {
    await this.verbs.call('preview', { id: row.id, ...(await this.seen(row)) }, this.door(row));
    await this.refresh(row.root);
  }

  /** What is stale waits as it did before, to be decided on as its notebook is now. */
  async again(row: IWaiting): Promise<void> {
    await this.verbs.call('undo', { id: row.id }, this.door(row));
    await this.refresh(row.root);
  }

  /** The notebook through which the record of a row is asked. */
  door(row: IWaiting): string {
    const places = [...this.stream.places.values()];
    return row.path ?? places.find(place => place.root === row.root)?.path ?? '';
  }

  /** What was shown of it: only that is decided on. The form of a plan sees to that itself. */
  private async seen(row: IWaiting): Promise<{ digest?: string }> {
    const shown = await this.#details.get(`${row.id} ${row.changed}`);
    return shown?.view === 'ProposalView' || shown?.view === 'FindingView'
      ? { digest: shown.digest }
      : {};
  }

  protected async ask(door: string): Promise<readonly ReviewRow[]> {
    return (await this.verbs.call('review', {}, door)).items;
  }

  #reasons: readonly string[] = [];
  #decided: readonly IDecided[] = [];
  readonly #decidedChanged = new Signal<this, IDecided | null>(this);
  readonly #details = new Map<string, Promise<Shown>>();
}
