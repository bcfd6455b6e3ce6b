import { UUID } from '@lumino/coreutils';

import type { Server } from './server';
import type { Answers, ApplicationRow, Arguments, VerbName, VerbTable } from './wire';

export interface ICallOptions {
  /** Aborting asks the server to stop where it can; what was recorded until then stays. */
  readonly signal?: AbortSignal;
  /** The name under which progress is told; one is made where it is left out. */
  readonly request?: string;
  /** The window that carries out what is decided: it has it claimed in the answer. */
  readonly window?: string;
}

/** What a decision may bring along: its edit, claimed for this window already. */
export interface IBrought {
  readonly claimed?: ApplicationRow;
}

/** The verbs of the one table, carried out by the server for the person who is logged in. */
export class Verbs {
  /** @param may - whether a model may take part at all, as the person has it in this window */
  constructor(
    private readonly server: Server,
    private readonly may: { readonly on: boolean } = { on: true }
  ) {}

  /**
   * Carry out one verb.
   *
   * @param path - of the contents API: the notebook it is about, or a folder; empty for the server's
   * @returns the view; rejects with an `ApiError`
   */
  async call<V extends VerbName>(
    verb: V,
    args: Arguments[V],
    path = '',
    options: ICallOptions = {}
  ): Promise<Answers[V] & IBrought> {
    const request = options.request ?? UUID.uuid4();
    const stop = (): void => void this.cancel(request).catch(() => undefined);
    options.signal?.addEventListener('abort', stop);
    try {
      const body = { arguments: args, path, request, window: options.window, ai: this.may.on };
      return await this.server.request('POST', this.server.url('verbs', verb), body);
    } finally {
      options.signal?.removeEventListener('abort', stop);
    }
  }

  /** What each verb is and takes; asked for once. Rejects with an `ApiError`, and is asked again the next time. */
  table(): Promise<VerbTable> {
    this.#table ??= this.server
      .request<{ verbs: VerbTable }>('GET', this.server.url('verbs'))
      .then(({ verbs }) => verbs)
      .catch(error => {
        this.#table = null;
        throw error;
      });
    return this.#table;
  }

  /** Ask a request that is under way to stop; rejects when there is none of that name. */
  async cancel(request: string): Promise<void> {
    await this.server.request('DELETE', this.server.url('requests', request));
  }

  #table: Promise<VerbTable> | null = null;
}
