import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import { ApiError } from './errors';

const BASE = 'coimprove/v1';

/** What `GET version` answers. */
export interface IVersion {
  readonly version: string;
  /** Of the routes; another one is read, never written to. */
  readonly protocol: number;
}

/** The door of the server below `/coimprove/v1/`, with Jupyter's own way to authenticate. */
export class Server {
  constructor(readonly settings: ServerConnection.ISettings) {}

  /** The address of a route; each part is escaped. */
  url(...parts: string[]): string {
    return URLExt.join(this.settings.baseUrl, BASE, ...parts.map(encodeURIComponent));
  }

  /** The address of the events' WebSocket. */
  get eventsUrl(): string {
    const url = URLExt.join(this.settings.wsUrl, BASE, 'events');
    const { token, appendToken } = this.settings;
    return appendToken && token ? `${url}?token=${encodeURIComponent(token)}` : url;
  }

  /** The answer's JSON (null where there is none). Rejects with an {@link ApiError}, and with nothing else. */
  async request<T>(method: string, url: string, body?: object): Promise<T> {
    const init: RequestInit = { method, cache: 'no-store' };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    let response: Response;
    let text: string;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
      text = await response.text();
    } catch {
      throw new ApiError(
        'unreachable',
        'the server does not answer',
        'nothing is lost: it is asked again until it does',
        0
      );
    }
    let answer: unknown;
    try {
      answer = text ? JSON.parse(text) : null;
    } catch {
      // A page instead of JSON: of a proxy, or a login.
      answer = undefined;
    }
    if (!response.ok) {
      throw refusal(response.status, answer);
    }
    if (answer === undefined) {
      throw new ApiError('answer', 'the answer is not JSON', 'log in again: reload this page', 0);
    }
    return answer as T;
  }

  /** Which version answers. Rejects with the code `extension_missing` where none does. */
  version(): Promise<IVersion> {
    return this.request<IVersion>('GET', this.url('version'));
  }
}

function refusal(status: number, answer: unknown): ApiError {
  const said = (answer as { error?: Record<string, unknown> } | null | undefined)?.error;
  if (said && typeof said['code'] === 'string') {
    return new ApiError(
      said['code'],
      String(said['message'] ?? ''),
      String(said['remedy'] ?? ''),
      status
    );
  }
  if (status === 401 || status === 403) {
    return new ApiError(
      'login',
      'the server does not know you any more',
      'log in again: reload this page; nothing is lost',
      status
    );
  }
  if (status === 404) {
    return new ApiError(
      'extension_missing',
      'the server extension of jupyter-coimprove is not running here',
      'install jupyter-coimprove where this server runs, and start the server again',
      status
    );
  }
  return new ApiError('answer', `the server answered ${status}`, '', status);
}
