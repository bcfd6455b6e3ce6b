import { Signal, type ISignal } from '@lumino/signaling';

import { type ApiError, asApiError } from '../../api';
import type { Carrier, DecisionVerb, IDecideOptions, Inbox, IWaiting } from '../../model';

/** Which form a card shows below what it says. */
export type CardForm = 'reject' | 'edit' | null;

/** What a card needs to decide. */
export interface IDeciders {
  readonly inbox: Inbox;
  readonly carrier: Carrier;
  /** Run the code that an accepted proposal puts into the notebook, once it stands there. */
  runAfter(subject: string): void;
}

/** One card: what waits, whether it is open, and the decision on its way. Keys and buttons act on it alike. */
export class CardControl {
  constructor(
    private readonly deciders: IDeciders,
    row: IWaiting,
    isOpen = true
  ) {
    this.#row = row;
    // What was put off is one line until somebody opens it.
    this.#isOpen = isOpen && row.state !== 'deferred';
  }

  get changed(): ISignal<this, void> {
    return this.#changed;
  }

  /** The card is asked to take the focus. */
  get focused(): ISignal<this, void> {
    return this.#focused;
  }

  get row(): IWaiting {
    return this.#row;
  }

  set row(row: IWaiting) {
    const old = this.#row;
    this.#row = row;
    if (old.changed !== row.changed || old.state !== row.state || old.path !== row.path) {
      this.#changed.emit();
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Show it whole, or as one line. */
  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#changed.emit();
  }

  get form(): CardForm {
    return this.#form;
  }

  /** Show a form, or none. */
  show(form: CardForm): void {
    this.#form = form;
    this.#isOpen = true;
    this.#changed.emit();
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Why the last decision was not taken. */
  get problem(): ApiError | null {
    return this.#problem;
  }

  /** Whether a person may decide on it: not on what was not made here. */
  get canDecide(): boolean {
    return this.#row.trust === 'own' && !this.#isBusy;
  }

  focus(): void {
    this.#focused.emit();
  }

  /** Carry out a decision of the person in front. */
  async decide(verb: DecisionVerb, options: IDecideOptions = {}): Promise<void> {
    if (!this.canDecide) {
      return;
    }
    const { row } = this;
    const { run, ...others } = options;
    const isPlan = row.kind === 'experiment';
    if (run && !isPlan) {
      this.deciders.runAfter(row.id);
    }
    await this.#carryOut(() =>
      this.deciders.inbox.decide(verb, row, run && isPlan ? options : others)
    );
  }

  /** What is stale waits again as it did before. */
  decideAnew(): Promise<void> {
    const { inbox } = this.deciders;
    return this.#carryOut(() => inbox.again(this.row));
  }

  /** Run what is proposed in a locked copy of the kernel; nothing is decided by that. */
  preview(): Promise<void> {
    const { inbox } = this.deciders;
    return this.#carryOut(() => inbox.preview(this.row));
  }

  async #carryOut(act: () => Promise<unknown>): Promise<void> {
    const { inbox, carrier } = this.deciders;
    const { row } = this;
    this.#isBusy = true;
    this.#problem = null;
    this.#changed.emit();
    carrier.decidesHere(row.id);
    try {
      await act();
      this.#form = null;
    } catch (error) {
      this.#problem = asApiError(error);
      // What stands in the record now is shown instead of what was believed.
      await inbox.refresh(row.root);
    } finally {
      carrier.decided(row.id, row.path);
      this.#isBusy = false;
      this.#changed.emit();
    }
  }

  readonly #changed = new Signal<this, void>(this);
  readonly #focused = new Signal<this, void>(this);
  #row: IWaiting;
  #isOpen: boolean;
  #form: CardForm = null;
  #isBusy = false;
  #problem: ApiError | null = null;
}
