import type { NotebookPanel } from '@jupyterlab/notebook';

import { decisionOf, KEY } from '../../model';

/** A cell that is moved, or changes its kind, is away for a moment; what is cut may come back. */
const SETTLED_MS = 1000;

/** Tells when all cells of a decision are gone from a notebook, and when one of them is back. */
export class HandWatch {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly tell: (decision: string, isGone: boolean) => void
  ) {
    const follow = (): void => {
      const cells = panel.content.model?.cells;
      if (cells) {
        this.#stood = this.#read();
        this.#gone.clear();
        cells.changed.connect(() => this.#soon());
      }
    };
    void panel.context.ready.then(follow);
    panel.content.modelChanged.connect(follow);
  }

  #soon(): void {
    for (const decision of this.#read()) {
      this.#stood.add(decision);
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.panel.isDisposed && this.panel.content.model) {
        this.#look();
      }
    }, SETTLED_MS);
  }

  #look(): void {
    const now = this.#read();
    for (const decision of this.#stood) {
      if (now.has(decision) === this.#gone.has(decision)) {
        const isGone = !now.has(decision);
        this.#gone[isGone ? 'add' : 'delete'](decision);
        this.tell(decision, isGone);
      }
    }
  }

  /** The decisions by which cells of this notebook stand there, as they say themselves. */
  #read(): Set<string> {
    const cells = this.panel.content.model?.sharedModel.cells ?? [];
    return new Set(cells.map(cell => decisionOf(cell.getMetadata(KEY))).filter(Boolean));
  }

  #stood = new Set<string>();
  readonly #gone = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
}
