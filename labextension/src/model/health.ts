import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, asApiError, PROTOCOL, VERSION } from '../api';
import type { EventStream, Server, StreamState } from '../api';

/** Whether the server can be worked with; if not, why, and what to do about it. */
export class Health {
  constructor(
    private readonly server: Pick<Server, 'version'>,
    stream: EventStream
  ) {
    stream.stateChanged.connect((_, state) => this.#heard(state));
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** What stands in the way; null when nothing does. */
  get problem(): ApiError | null {
    return this.#problem;
  }

  /** Whether decisions may be sent: not to a server that speaks another protocol. */
  get writable(): boolean {
    return this.#writable;
  }

  /** Ask the server for its version. */
  async look(): Promise<void> {
    try {
      const { version, protocol } = await this.server.version();
      this.#writable = protocol === PROTOCOL;
      this.#become(version === VERSION && this.#writable ? null : otherVersion(version));
    } catch (error) {
      this.#become(asApiError(error));
    }
  }

  #heard(state: StreamState): void {
    if (state === 'open' || state === 'waiting') {
      void this.look();
    }
  }

  #become(problem: ApiError | null): void {
    if (problem?.code !== this.#problem?.code || problem?.message !== this.#problem?.message) {
      this.#problem = problem;
      this.#changed.emit();
    }
  }

  readonly #changed = new Signal<this, void>(this);
  #problem: ApiError | null = null;
  #writable = true;
}

function otherVersion(version: string): ApiError {
  return new ApiError(
    'version',
    `this page is jupyter-coimprove ${VERSION}, the server ${version}`,
    'reload this page; if it says so again, install the same version where the server and Lab run'
  );
}
