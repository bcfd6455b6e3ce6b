import type { Server } from './server';
import type { AiPolicy, Answers, JsonObject, VerbName, WireError } from './wire';

/** What a cell of a table means; a sign or a word always says it too. */
export type Tone = '' | 'good' | 'bad' | 'same' | 'open' | 'muted' | 'strong';

/** What an answer is drawn from: the blocks of `interfaces/display/sheet.py`, plain strings in them. */
export type DrawnBlock =
  | { block: 'Heading'; text: string; level: 1 | 2 }
  | { block: 'Line'; text: string; tone: Tone }
  | { block: 'Items'; texts: string[]; mark: string; tone: Tone }
  | { block: 'Facts'; pairs: [string, string][] }
  | {
      block: 'Table';
      columns: { title: string; number: boolean; fixed: boolean }[];
      rows: { text: string; tone: Tone; fixed: boolean }[][];
    }
  | { block: 'Diff'; title: string; text: string }
  | { block: 'Verbatim'; text: string }
  | { block: 'Shown'; title: string; kind: string; data: string; file: string };

/** One line of a conversation and what came of it. */
export interface IEntry {
  readonly id: string;
  readonly text: string;
  readonly at?: string;
  readonly answer?: {
    readonly verb: string;
    readonly blocks: readonly DrawnBlock[];
    /** Null for help. */
    readonly view: Answers[VerbName] | null;
  };
  readonly error?: WireError;
  /** Where it was said anew: all that stand in its place, oldest first. */
  readonly versions?: readonly string[];
}

/** A provider that a person could choose; an empty model is none. */
export interface IOffer {
  readonly provider: string;
  readonly model: string;
  /** Why it cannot answer here; empty where it can. */
  readonly missing: string;
  readonly remedy: string;
}

/** Who would answer a question as things are settled, and who else could; an empty model is none. */
export interface IAnswers {
  readonly provider: string;
  readonly model: string;
  readonly why: string;
  /** What who runs the server has settled: `force-on` keeps AI on, whatever this window has. */
  readonly ai?: AiPolicy;
  readonly offers: readonly IOffer[];
}

/** Who may be asked: a model at all, and which provider (as settled where none is named). */
export interface IMayAsk {
  readonly ai: boolean;
  readonly provider: string;
  /** Of its models one; as settled where none is named. */
  readonly model: string;
}

/** What stands around a question: the cell in front, and what the kernel told of its variables. */
export interface IAround {
  readonly cell?: string | undefined;
  readonly live?: { readonly reply: JsonObject; readonly age_s: number } | undefined;
  /** The line that this one is said instead of, by its id. */
  readonly instead_of?: string | undefined;
}

/** The conversation of a notebook: lines are carried out by the server, which keeps them. */
export class Lines {
  constructor(private readonly server: Server) {}

  /** Carry out `/verb …` or free text; `request` is the name by which it can be stopped. */
  say(
    text: string,
    path: string,
    request: string,
    may: IMayAsk,
    around: IAround = {}
  ): Promise<IEntry> {
    const line = { text, path, request, ...may, ...around };
    return this.server.request<IEntry>('POST', this.server.url('lines'), line);
  }

  /** What was said before, oldest first, and who would answer now. */
  past(path: string): Promise<{ entries: readonly IEntry[]; answers: IAnswers }> {
    return this.server.request('GET', this.#at(path));
  }

  /** Put the newest branch through a line in front. */
  async show(path: string, branch: string): Promise<void> {
    const notebook = path.split('/').pop() ?? path;
    const asked = { arguments: { notebook, branch }, path };
    await this.server.request('POST', this.server.url('verbs', 'conversation'), asked);
  }

  async forget(path: string): Promise<void> {
    await this.server.request('DELETE', this.#at(path));
  }

  async stop(request: string): Promise<void> {
    await this.server.request('DELETE', this.server.url('requests', request));
  }

  #at(path: string): string {
    return `${this.server.url('lines')}?path=${encodeURIComponent(path)}`;
  }
}
