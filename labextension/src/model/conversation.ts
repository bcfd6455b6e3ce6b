import { UUID } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

import type { AiSwitch } from './ai';
import { asApiError } from '../api';
import type { ApiError, EventStream, IAnswers, IAround, IEntry, IOffer, Lines } from '../api';

/** A line that is under way: how far it is, in words. */
export interface IUnderWay {
  readonly request: string;
  readonly text: string;
  readonly progress: string;
  /** What has come of an answer so far. */
  readonly answer: string;
}

interface ITalk {
  entries: readonly IEntry[];
  underWay: IUnderWay | null;
  problem: ApiError | null;
  isRead: boolean;
  answers: IAnswers | null;
}

const NOTHING: ITalk = { entries: [], underWay: null, problem: null, isRead: false, answers: null };

/** What was said about each notebook, kept by the server; one line of a notebook is under way at a time. */
export class Conversations {
  constructor(
    private readonly lines: Pick<Lines, 'say' | 'past' | 'forget' | 'stop' | 'show'>,
    events: Pick<EventStream, 'progress' | 'said'>,
    private readonly ai: Pick<AiSwitch, 'on' | 'provider' | 'model'>
  ) {
    events.progress.connect((_, { request, text }) => {
      this.#grow(request, () => ({ progress: text }));
    });
    events.said.connect((_, { request, text }) => {
      this.#grow(request, ({ answer }) => ({ answer: answer + text }));
    });
  }

  #grow(request: string, more: (now: IUnderWay) => Partial<IUnderWay>): void {
    for (const [path, { underWay }] of this.#talks) {
      if (underWay?.request === request) {
        this.set(path, { underWay: { ...underWay, ...more(underWay) } });
      }
    }
  }

  get changed(): ISignal<this, string> {
    return this.#changed;
  }

  /** The conversation about a notebook, by its path; it is read when it is first looked at. */
  of(path: string): Readonly<ITalk> {
    return this.#talks.get(path) ?? NOTHING;
  }

  /** Who answers a question about it: as the person chose, else as it is settled; null before that is read. */
  answering(path: string): IOffer | null {
    const { answers } = this.of(path);
    if (!this.ai.on && answers?.ai !== 'force-on') {
      return { provider: 'builtin', model: '', missing: '', remedy: '' };
    }
    const chosen = answers?.offers.find(offer => offer.provider === this.ai.provider);
    const who = chosen ?? (answers && { ...answers, missing: '', remedy: '' });
    return who?.provider === 'anthropic' && who.model && this.ai.model
      ? { ...who, model: this.ai.model }
      : who;
  }

  /** What was typed before, the last first, each once. */
  typed(path: string): readonly string[] {
    const texts = this.of(path).entries.map(entry => entry.text);
    return [...new Set(texts.reverse())];
  }

  /** Read what was said before. */
  async read(path: string): Promise<void> {
    if (this.of(path).isRead) {
      return;
    }
    this.set(path, { isRead: true });
    try {
      const { entries: past, answers } = await this.lines.past(path);
      const known = new Set(past.map(entry => entry.id));
      const since = this.of(path).entries.filter(entry => !known.has(entry.id));
      this.set(path, { entries: [...past, ...since], answers, problem: null });
    } catch (error) {
      this.set(path, { isRead: false, problem: asApiError(error) });
    }
  }

  /** Read it anew: another branch of it is in front. */
  async #readAnew(path: string): Promise<void> {
    try {
      const { entries, answers } = await this.lines.past(path);
      // A folder that is no project yet keeps nothing: what was said stays in this window.
      const kept = entries.length > 0 ? { entries } : {};
      this.set(path, { ...kept, answers, problem: null });
    } catch (error) {
      this.set(path, { problem: asApiError(error) });
    }
  }

  /** Put the branch with this line in front, where it was said anew since. */
  async show(path: string, id: string): Promise<void> {
    try {
      await this.lines.show(path, id);
    } catch (error) {
      this.set(path, { problem: asApiError(error) });
      return;
    }
    await this.#readAnew(path);
  }

  /**
   * Say a line; resolves when it is answered, refused or stopped.
   *
   * `insteadOf` is an earlier one: the conversation goes on from there.
   */
  async say(
    path: string,
    text: string,
    around?: () => Promise<IAround>,
    insteadOf?: string
  ): Promise<void> {
    if (this.of(path).underWay !== null || text.trim() === '') {
      return;
    }
    const request = UUID.uuid4();
    this.set(path, { underWay: { request, text, progress: '', answer: '' }, problem: null });
    let entry: IEntry;
    try {
      const near = this.answering(path)?.model ? await around?.() : undefined;
      const more = insteadOf ? { ...near, instead_of: insteadOf } : near;
      const may = { ai: this.ai.on, provider: this.ai.provider, model: this.ai.model };
      entry = await this.lines.say(text, path, request, may, more);
    } catch (error) {
      const { code, message, remedy } = asApiError(error);
      entry = { id: request, text, error: { code, message, remedy } };
    }
    const { entries } = this.of(path);
    const at = entry.error ? -1 : entries.findIndex(one => one.id === insteadOf);
    const kept = at < 0 ? entries : entries.slice(0, at);
    this.set(path, { entries: [...kept, entry], underWay: null });
    if (at >= 0) {
      await this.#readAnew(path);
    }
  }

  /** Ask what is under way to stop; what was recorded until then stays. */
  async stop(path: string): Promise<void> {
    const { underWay } = this.of(path);
    if (underWay) {
      try {
        await this.lines.stop(underWay.request);
      } catch (error) {
        const problem = asApiError(error);
        // It ended while it was asked to.
        this.set(path, { problem: problem.code === 'unknown_name' ? null : problem });
      }
    }
  }

  /** Forget what was said about a notebook. */
  async forget(path: string): Promise<void> {
    try {
      await this.lines.forget(path);
      this.set(path, { entries: [], problem: null });
    } catch (error) {
      this.set(path, { problem: asApiError(error) });
    }
  }

  private set(path: string, part: Partial<ITalk>): void {
    this.#talks.set(path, { ...this.of(path), ...part });
    this.#changed.emit(path);
  }

  readonly #changed = new Signal<this, string>(this);
  readonly #talks = new Map<string, ITalk>();
}
