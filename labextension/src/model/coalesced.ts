/**
 * Many reasons to look, few looks: one under way for a key at a time, and one after it for all that came meanwhile.
 *
 * A burst of events so costs two looks, and the last look is always later than the last event.
 */
export class Coalesced {
  /**
   * @param look - what is done for a key; it deals with its own errors
   * @param waitMs - how long a first reason waits for others
   */
  constructor(
    private readonly look: (key: string) => Promise<void>,
    private readonly waitMs = 50
  ) {}

  /** There is a reason to look. Resolves once a look that began afterwards has ended. */
  ask(key: string): Promise<void> {
    let due = this.#due.get(key);
    if (due === undefined) {
      due = this.#later(key);
      this.#due.set(key, due);
    }
    return due;
  }

  async #later(key: string): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, this.waitMs));
    await this.#underWay.get(key);
    this.#due.delete(key);
    const look = this.look(key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, look);
    await look;
  }

  readonly #due = new Map<string, Promise<void>>();
  readonly #underWay = new Map<string, Promise<void>>();
}
