import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError } from './errors';
import type {
  AnswerEvent,
  ErrorEvent,
  PresentRow,
  ProgressEvent,
  RecordEvent,
  WindowEvent,
  WindowSays
} from './wire';

/** Where an open notebook lies, and by which name the record of its root knows it. */
export interface IPlace {
  readonly path: string;
  readonly root: string;
  readonly notebook: string;
}

export type StreamState = 'idle' | 'connecting' | 'open' | 'waiting';

/** What the stream needs of its surroundings; tests bring their own. */
export interface IStreamOptions {
  readonly url: () => string;
  /** The name of this window, by which it claims applications. */
  readonly window: string;
  readonly connect?: (url: string) => WebSocket;
  /** Milliseconds until the attempt with this number (from 0). */
  readonly backOff?: (attempt: number) => number;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** Twice as long each time, at most half a minute; not all windows at once. */
export function backOff(attempt: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) * (0.75 + Math.random() / 2);
}

/**
 * The one WebSocket of this window: it says which notebooks are open here, and is told what is kept.
 *
 * Each event of a root is told once and in order, over any number of broken connections: the number
 * of the last one is kept, the next connection asks for what came after it, and what came before is dropped.
 * What was there before this window came is not told; `followed` says that it can be asked for now.
 */
export class EventStream implements IDisposable {
  constructor(private readonly options: IStreamOptions) {}

  /** Each line of the followed records, once and in order. */
  get event(): ISignal<this, RecordEvent> {
    return this.#event;
  }

  /** With a root whose events are told from now on: what is asked after this lacks nothing. */
  get followed(): ISignal<this, string> {
    return this.#follow;
  }

  get progress(): ISignal<this, ProgressEvent> {
    return this.#progress;
  }

  /** Words of an answer, as they come. */
  get said(): ISignal<this, AnswerEvent> {
    return this.#said;
  }

  /** What the server could not do for this stream, such as read a record. */
  get problem(): ISignal<this, ApiError> {
    return this.#problem;
  }

  get stateChanged(): ISignal<this, StreamState> {
    return this.#stateChanged;
  }

  get placesChanged(): ISignal<this, ReadonlyMap<string, IPlace>> {
    return this.#placesChanged;
  }

  get state(): StreamState {
    return this.#state;
  }

  /** Open notebooks by path; one is missing until the server has answered. */
  get places(): ReadonlyMap<string, IPlace> {
    return this.#places;
  }

  get window(): string {
    return this.options.window;
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  /** Say which notebooks are open in this window; replaces what was said before. */
  present(paths: Iterable<string>): void {
    const wanted = [...new Set(paths)].sort();
    if (this.#paths !== null && wanted.join('\n') === this.#paths.join('\n')) {
      return;
    }
    this.#paths = wanted;
    if (this.#state === 'open') {
      this.#sayPresent();
    } else if (this.#state === 'idle') {
      this.#connect();
    }
  }

  /** Try at once instead of after the wait: the network is back, or the window is looked at again. */
  retry(): void {
    if (this.#state === 'waiting') {
      this.#attempt = 0;
      this.#connect();
    }
  }

  /** Begin a new connection though the old one may look alive: after the network was away it may be dead. */
  reconnect(): void {
    if (this.#state !== 'idle') {
      this.#attempt = 0;
      this.#connect();
    }
  }

  dispose(): void {
    if (this.#isDisposed) {
      return;
    }
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#drop();
    Signal.clearData(this);
  }

  #connect(): void {
    if (this.#isDisposed) {
      return;
    }
    clearTimeout(this.#timer);
    this.#drop();
    this.#become('connecting');
    const connect = this.options.connect ?? (url => new WebSocket(url));
    const socket = connect(this.options.url());
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#followed.clear();
      this.#become('open');
      this.#sayPresent();
    };
    socket.onmessage = message => this.#hear(String(message.data));
    socket.onclose = () => this.#lost();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #lost(): void {
    this.#drop();
    const wait = (this.options.backOff ?? backOff)(this.#attempt++);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#become('waiting');
  }

  #say(message: WindowSays): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #sayPresent(): void {
    this.#say({ op: 'present', window: this.window, paths: this.#paths ?? [] });
  }

  #hear(text: string): void {
    const said = JSON.parse(text) as WindowEvent | WindowEvent[];
    for (const one of Array.isArray(said) ? said : [said]) {
      this.#take(one);
    }
  }

  #take(said: WindowEvent): void {
    if ('seq' in said) {
      this.#tell(said);
    } else if (said.type === 'following') {
      // Less than what was seen: the record was made anew, and counts from there.
      this.#seen.set(said.root, said.after);
      this.#follow.emit(said.root);
    } else if (said.type === 'present') {
      this.#place(said.notebooks);
    } else if (said.type === 'progress') {
      this.#progress.emit(said);
    } else if (said.type === 'answer.delta') {
      this.#said.emit(said);
    } else {
      this.#refused(said);
    }
  }

  #place(notebooks: readonly PresentRow[]): void {
    const found = notebooks.filter(row => row.root !== '');
    this.#places = new Map(
      found.map(({ path, root, notebook }) => [path, { path, root, notebook }])
    );
    for (const { error } of notebooks) {
      if (error) {
        this.#problem.emit(new ApiError(error.code, error.message, error.remedy));
      }
    }
    for (const { root, path } of found) {
      if (!this.#followed.has(root)) {
        this.#followed.add(root);
        this.#say({ follow: path, after: this.#seen.get(root) ?? null, batch: true });
      }
    }
    this.#placesChanged.emit(this.#places);
  }

  #tell(event: RecordEvent): void {
    if (event.seq <= (this.#seen.get(event.root) ?? 0)) {
      return;
    }
    this.#seen.set(event.root, event.seq);
    this.#event.emit(event);
  }

  #refused(said: ErrorEvent): void {
    // The server follows that root no longer; the next time that notebooks are said, it is asked again.
    if (said.root !== undefined) {
      this.#followed.delete(said.root);
    }
    const { code, message, remedy } = said.error;
    this.#problem.emit(new ApiError(code, message, remedy));
  }

  #become(state: StreamState): void {
    if (this.#state !== state) {
      this.#state = state;
      this.#stateChanged.emit(state);
    }
  }

  readonly #event = new Signal<this, RecordEvent>(this);
  readonly #follow = new Signal<this, string>(this);
  readonly #progress = new Signal<this, ProgressEvent>(this);
  readonly #said = new Signal<this, AnswerEvent>(this);
  readonly #problem = new Signal<this, ApiError>(this);
  readonly #stateChanged = new Signal<this, StreamState>(this);
  readonly #placesChanged = new Signal<this, ReadonlyMap<string, IPlace>>(this);
  readonly #seen = new Map<string, number>();
  readonly #followed = new Set<string>();
  #places: ReadonlyMap<string, IPlace> = new Map();
  #paths: string[] | null = null;
  #state: StreamState = 'idle';
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #isDisposed = false;
}
