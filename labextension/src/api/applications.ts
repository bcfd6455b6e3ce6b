import type { Server } from './server';
import type { ApplicationRow, ApplicationsView } from './wire';

/** Applications of an open notebook: exactly one window claims and carries out each. */
export class Applications {
  /** @param window - the name under which this window said that it is present */
  constructor(
    private readonly server: Server,
    readonly window: string
  ) {}

  /** Those that are queued or claimed for the notebook at this path. */
  async list(path: string): Promise<readonly ApplicationRow[]> {
    const url = `${this.server.url('applications')}?path=${encodeURIComponent(path)}`;
    const found = await this.server.request<ApplicationsView>('GET', url);
    return found.applications;
  }

  /** Take it; rejects with status 409 when another window holds it. */
  claim(id: string, path: string): Promise<ApplicationRow> {
    return this.#post<ApplicationRow>(id, 'claim', { path });
  }

  /** It stands in the notebook now. */
  async applied(id: string, path: string): Promise<void> {
    await this.#post(id, 'applied', { path });
  }

  /** It could not be carried out: back into the queue, or its subject is stale for the code `stale`. */
  async refused(id: string, path: string, why: string, code: string): Promise<void> {
    await this.#post(id, 'refused', { path, why, code });
  }

  /** The person undid it in this window. */
  async reverted(id: string, path: string, reason = ''): Promise<void> {
    await this.#post(id, 'reverted', { path, reason });
  }

  /** The person brought it back in this window. */
  async redone(id: string, path: string): Promise<void> {
    await this.#post(id, 'redone', { path });
  }

  #post<T>(id: string, what: string, body: object): Promise<T> {
    const url = this.server.url('applications', id, what);
    return this.server.request<T>('POST', url, { ...body, window: this.window });
  }
}
