import { Signal, type ISignal } from '@lumino/signaling';

import { ApiError, asApiError } from '../api';
import type { ArmRow, Json, PlanView, Verbs } from '../api';

/** An entry of the plan that another hand changed. */
export interface IDifference {
  readonly key: string;
  readonly before: Json;
  readonly now: Json;
}

/** One change on its way: what the form calls it, and what the verb `edit` is told. */
interface IChange {
  readonly key: string;
  /** As it is shown until the answer is there; undefined where nothing is typed. */
  readonly shown: Json | undefined;
  readonly set: string;
}

const WAIT_MS = 400;

/**
 * The form over one draft's plan.toml.
 *
 * Changes wait a moment for others and are sent one request at a time, each on the digest of the plan that is
 * shown: what another hand wrote into the file meanwhile is shown instead of being overwritten. An answer that
 * is older than one that was taken is dropped.
 */
export class PlanForm {
  constructor(
    readonly id: string,
    private readonly door: () => string,
    private readonly verbs: Pick<Verbs, 'call'>,
    private readonly waitMs = WAIT_MS
  ) {}

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** The plan as it was last answered; null until it has been read. */
  get plan(): PlanView | null {
    return this.#plan;
  }

  /** Why the plan could not be read. */
  get problem(): ApiError | null {
    return this.#problem;
  }

  /** Whether power, cost and arms are older than what the form says. */
  get isBusy(): boolean {
    return this.#sending !== null || this.#pending.size > 0;
  }

  /** What another hand changed since it was shown here; empty for nothing. */
  get elsewhere(): readonly IDifference[] {
    return this.#elsewhere;
  }

  /** Keys of changes that were held back because of that. */
  get held(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** Why the change of an entry was refused. */
  problemAt(key: string): ApiError | null {
    return this.#refused.get(key)?.problem ?? null;
  }

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  /** What an entry says: as it was typed, else as the plan has it. */
  valueOf(key: string): Json {
    for (const changes of [this.#pending, this.#underWay, this.#held]) {
      const shown = changes.get(key)?.shown;
      if (shown !== undefined) {
        return shown;
      }
    }
    const refused = this.#refused.get(key)?.change.shown;
    return refused ?? this.#plan?.fields.find(field => field.key === key)?.value ?? null;
  }

  /** The level of an arm's factor: as it was typed, else as the plan has it. */
  levelOf(arm: ArmRow, factor: string): string {
    const typed = this.valueOf(levelKey(arm, factor));
    return typeof typed === 'string' ? typed : (arm.settings[factor] ?? '');
  }

  /** Change an entry; null takes it out. */
  set(key: string, value: Json): void {
    const text = value === null ? '' : JSON.stringify(value);
    this.#change({ key, shown: value, set: `${key}=${text}` });
  }

  /** Change the level of an arm's factor. Its name may change with it, so that its place says which it is. */
  setLevel(arm: ArmRow, factor: string, level: string): void {
    const text = `${arm.key}.set."${factor}"=${JSON.stringify(level)}`;
    this.#change({ key: levelKey(arm, factor), shown: level, set: text });
  }

  /** Take an arm out of the plan, at once; until that is answered the places of the others are not known. */
  drop(arm: ArmRow): Promise<void> {
    this.#change({ key: dropKey(arm), shown: undefined, set: `${arm.key}=` });
    return this.flush();
  }

  /** Put an arm into the plan that sets one factor, at once. */
  add(factor: string, level: string): Promise<void> {
    const arm = { set: { [factor]: level } };
    this.#change({ key: ADD, shown: undefined, set: `arms.+=${JSON.stringify(arm)}` });
    return this.flush();
  }

  get isDropping(): boolean {
    return [...this.#pending.keys(), ...this.#underWay.keys()].some(key => key.startsWith('drop '));
  }

  /** Carry out another verb that may change the plan: what it changes is no other hand's. */
  async own<T>(work: () => Promise<T>): Promise<T> {
    this.#own += 1;
    try {
      return await work();
    } finally {
      this.#own -= 1;
      if (this.#own === 0 && this.#isDue) {
        this.#isDue = false;
        void this.load();
      }
    }
  }

  /** Read the plan: again, when it may be another by now. An answer that an edit overtook is dropped. */
  async load(): Promise<void> {
    await this.#sending;
    if (this.#own > 0) {
      this.#isDue = true;
      return;
    }
    const ticket = ++this.#asked;
    try {
      const view = await this.verbs.call('show', { id: this.id }, this.door());
      if (view.view !== 'PlanView') {
        throw new ApiError('answer', `${this.id} is no plan of this project`);
      }
      if (this.#own > 0) {
        this.#isDue = true;
      } else if (ticket > this.#taken) {
        this.#compare(view);
        this.#take(view, ticket);
      }
    } catch (error) {
      if (ticket > this.#taken) {
        this.#problem = asApiError(error);
      }
    }
    this.#changed.emit();
  }

  /** Send what waits, now; resolves when all has been answered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
      this.#changed.emit();
    });
    await this.#sending;
    if (this.#pending.size > 0) {
      await this.flush();
    }
  }

  /** The plan is another by an answer to another verb, such as a prediction. */
  answered(plan: PlanView): void {
    this.#take(plan, ++this.#asked);
    this.#changed.emit();
  }

  /** What another hand changed was seen: changes that were held back are sent on it, or forgotten. */
  acknowledge(keepMine: boolean): void {
    // Arms are named by their places: where those are others by now, a change of one is not sent.
    const arms = this.#elsewhere.some(difference => difference.key === 'arms');
    const held = [...this.#held.values()].filter(change => !arms || !isOfArm(change.key));
    this.#held.clear();
    this.#elsewhere = [];
    if (keepMine) {
      held.forEach(change => this.#change(change));
    }
    this.#changed.emit();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    Signal.clearData(this);
  }

  #change(change: IChange): void {
    this.#refused.delete(change.key);
    // Last of all, also where it was changed before: sets are carried out in order.
    this.#pending.delete(change.key);
    this.#pending.set(change.key, change);
    this.#changed.emit();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), this.waitMs);
  }

  async #send(): Promise<void> {
    while (this.#pending.size > 0 && this.#plan !== null && this.#elsewhere.length === 0) {
      this.#underWay = new Map(this.#pending);
      this.#pending.clear();
      const changes = [...this.#underWay.values()];
      const refusal = await this.#edit(changes);
      if (refusal !== null && changes.length > 1) {
        // One of them is at fault: each by itself says which.
        for (const change of changes) {
          this.#refuse(change, await this.#edit([change]));
        }
      } else if (refusal !== null && changes[0] !== undefined) {
        this.#refuse(changes[0], refusal);
      }
      this.#underWay.clear();
      this.#changed.emit();
    }
  }

  /** One request; why it was refused, or null. Changes on a plan that is another by now are held back. */
  async #edit(changes: readonly IChange[]): Promise<ApiError | null> {
    const plan = this.#plan;
    if (plan === null || this.#elsewhere.length > 0) {
      changes.forEach(change => this.#held.set(change.key, change));
      return null;
    }
    const ticket = ++this.#asked;
    const args = { id: this.id, set: changes.map(change => change.set), digest: plan.digest };
    try {
      const view = await this.verbs.call('edit', args, this.door());
      if (view.view === 'PlanView') {
        this.#take(view, ticket);
      }
      return null;
    } catch (error) {
      const problem = asApiError(error);
      if (problem.code === 'nothing_to_do') {
        return null;
      }
      if (problem.code !== 'stale') {
        return problem;
      }
      changes.forEach(change => this.#held.set(change.key, change));
      await this.#look(plan);
      return null;
    }
  }

  /** After a refusal because the file says something else: what it says. */
  async #look(before: PlanView): Promise<void> {
    const ticket = ++this.#asked;
    try {
      const view = await this.verbs.call('show', { id: this.id }, this.door());
      if (view.view === 'PlanView') {
        this.#plan = before;
        this.#compare(view);
        this.#take(view, ticket);
      }
    } catch (error) {
      this.#problem = asApiError(error);
    }
  }

  #refuse(change: IChange, problem: ApiError | null): void {
    // What was typed after it was sent is judged by its own answer.
    if (problem !== null && !this.#pending.has(change.key)) {
      this.#refused.set(change.key, { change, problem });
    }
  }

  #compare(now: PlanView): void {
    const before = this.#plan;
    if (before !== null && before.digest !== now.digest && before.state === now.state) {
      this.#elsewhere = differences(before, now);
    }
  }

  #take(plan: PlanView, ticket: number): void {
    if (ticket > this.#taken) {
      this.#taken = ticket;
      this.#plan = plan;
      this.#problem = null;
    }
  }

  readonly #changed = new Signal<this, void>(this);
  #plan: PlanView | null = null;
  #problem: ApiError | null = null;
  #pending = new Map<string, IChange>();
  #underWay = new Map<string, IChange>();
  readonly #held = new Map<string, IChange>();
  readonly #refused = new Map<string, { change: IChange; problem: ApiError }>();
  #elsewhere: readonly IDifference[] = [];
  #sending: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #own = 0;
  #isDue = false;
  /** Numbers of the last request and of the newest that was taken. */
  #asked = 0;
  #taken = 0;
}

/** By which key of the form an arm is put in. */
export const ADD = 'add arm';

/** By which key of the form the level of an arm is changed. */
export function levelKey(arm: ArmRow, factor: string): string {
  return `level ${arm.key} ${factor}`;
}

/** By which key of the form an arm is taken out. */
export function dropKey(arm: ArmRow): string {
  return `drop ${arm.key}`;
}

function isOfArm(key: string): boolean {
  return key.startsWith('level ') || key.startsWith('drop ');
}

/** What differs between two answers about one plan, entry by entry; the arms by their names. */
export function differences(before: PlanView, now: PlanView): readonly IDifference[] {
  const was = new Map(before.fields.map(field => [field.key, field.value]));
  const found: IDifference[] = now.fields
    .filter(field => JSON.stringify(field.value) !== JSON.stringify(was.get(field.key) ?? null))
    .map(field => ({ key: field.key, before: was.get(field.key) ?? null, now: field.value }));
  const arms = [before, now].map(plan => plan.arms.map(arm => arm.name));
  if (JSON.stringify(arms[0]) !== JSON.stringify(arms[1])) {
    found.push({ key: 'arms', before: arms[0] ?? [], now: arms[1] ?? [] });
  }
  // Something that the form does not show.
  return found.length > 0 ? found : [{ key: 'plan.toml', before: null, now: null }];
}
