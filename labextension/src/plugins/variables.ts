import type { Kernel } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';

import type { IAround, JsonObject, Server } from '../api';

/** So long a kernel may take to tell; then the question goes without. */
const PATIENCE_MS = 2_000;

type Live = IAround['live'];

/**
 * What kernels tell of their variables, when a person asks a question.
 *
 * The expression binds nothing, calls nothing of a value's own and is no part of the history. A kernel
 * that is busy is not asked: what it told last goes along, with its age.
 */
export class Variables {
  constructor(private readonly server: Server) {}

  async of(kernel: Kernel.IKernelConnection): Promise<Live> {
    if (kernel.status === 'idle') {
      const reply = await Promise.race([
        this.#ask(kernel).catch(() => null),
        new Promise<null>(resolve => setTimeout(() => resolve(null), PATIENCE_MS))
      ]);
      if (reply) {
        this.#last.set(kernel.id, { reply, at: Date.now() });
      }
    }
    const last = this.#last.get(kernel.id);
    return last && { reply: last.reply, age_s: Math.round((Date.now() - last.at) / 1000) };
  }

  async #ask(kernel: Kernel.IKernelConnection): Promise<JsonObject | null> {
    this.#expression ??= this.server
      .request<{ expression: string }>('GET', this.server.url('variables'))
      .then(said => said.expression);
    const user_expressions: JSONObject = { live: await this.#expression };
    const content = { code: '', silent: true, store_history: false, allow_stdin: false };
    const { content: reply } = await kernel.requestExecute({ ...content, user_expressions }).done;
    return reply.status === 'ok'
      ? ((reply.user_expressions?.['live'] ?? null) as JsonObject)
      : null;
  }

  #expression: Promise<string> | null = null;
  readonly #last = new Map<string, { reply: JsonObject; at: number }>();
}
