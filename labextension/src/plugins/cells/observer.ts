import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { CellList, NotebookPanel } from '@jupyterlab/notebook';

import { CardControl, type IDeciders } from '../../components/card/control';
import type { ICardSurroundings } from '../../components/card/surroundings';
import { CellWidget, type ICellShows } from '../../components/card/widget';
import type { ILab } from '../../components/lab';
import { type IBadMark, type IHeldUp, type IMark, type IWaiting, KEY, readMark } from '../../model';

/** So many cards of one cell begin open; the others are a line each. */
const OPEN = 2;

/** What is to be shown, by cell. */
type Wanted = Map<Cell, { cards: ICellShows['cards'][number][]; heldUp: IHeldUp[] }>;

/**
 * Keeps cards and marks below the cells of one open notebook.
 *
 * The metadata of a cell is read when the cell comes and when it changes; nothing else is read again.
 */
export class PanelCards {
  constructor(
    private readonly panel: NotebookPanel,
    readonly path: () => string,
    private readonly lab: ILab,
    private readonly surroundings: ICardSurroundings,
    private readonly deciders: IDeciders
  ) {
    const { content } = panel;
    const { inbox } = lab.coimprove.models;
    content.modelChanged.connect(this.#follow, this);
    inbox.changed.connect(this.#soon, this);
    surroundings.carrier.heldUpChanged.connect(this.#soon, this);
    panel.context.pathChanged.connect(this.#soon, this);
    panel.disposed.connect(() => {
      inbox.changed.disconnect(this.#soon, this);
      surroundings.carrier.heldUpChanged.disconnect(this.#soon, this);
    });
    this.#follow();
  }

  /** What waits in this notebook, in the order of its cells. */
  get controls(): readonly CardControl[] {
    return this.panel.content.widgets.flatMap(cell =>
      (this.#widgets.get(cell)?.shows.cards ?? []).map(card => card.control)
    );
  }

  /** The cell at which a card stands. */
  cellOf(control: CardControl): Cell | undefined {
    return this.panel.content.widgets.find(cell =>
      this.#widgets.get(cell)?.shows.cards.some(card => card.control === control)
    );
  }

  #follow(): void {
    const cells = this.panel.content.model?.cells;
    if (cells) {
      this.#marks.clear();
      cells.changed.connect(this.#cellsChanged, this);
      this.#read([...cells]);
    }
  }

  #cellsChanged(_: CellList, change: { newValues: readonly ICellModel[] }): void {
    // Of cells that are gone, Lab does not say which they were: they are disposed.
    this.#read(change.newValues);
  }

  #read(models: readonly (ICellModel | undefined)[]): void {
    for (const model of models) {
      if (model) {
        this.#readOne(model);
        model.metadataChanged.connect(this.#metadataChanged, this);
      }
    }
    this.#soon();
  }

  #metadataChanged(model: ICellModel, { key }: { key: string }): void {
    if (key === KEY) {
      this.#readOne(model);
      this.#soon();
    }
  }

  #readOne(model: ICellModel): void {
    const mark = readMark(model.sharedModel.getMetadata(KEY));
    if (mark === null) {
      this.#marks.delete(model);
    } else {
      this.#marks.set(model, mark);
    }
  }

  /** Many changes of one turn are one pass. */
  #soon(): void {
    if (!this.#isDue) {
      this.#isDue = true;
      queueMicrotask(() => {
        this.#isDue = false;
        if (!this.panel.isDisposed && this.panel.content.model) {
          this.#reconcile();
        }
      });
    }
  }

  #reconcile(): void {
    const wanted = this.#wanted();
    for (const [cell, widget] of this.#widgets) {
      if (!wanted.has(cell)) {
        this.#widgets.delete(cell);
        widget.dispose();
        if (!cell.isDisposed) {
          cell.removeClass('coai-mod-waits');
        }
      }
    }
    for (const [cell, { cards, heldUp }] of wanted) {
      const mark = this.#marks.get(cell.model) ?? null;
      const shows = { path: this.path(), cards, heldUp, mark, titles: this.#titles };
      const widget = this.#widgets.get(cell);
      if (widget === undefined) {
        this.#insert(cell, shows);
      } else if (!same(widget.shows, shows)) {
        widget.shows = shows;
      }
      cell.toggleClass('coai-mod-waits', cards.length > 0);
    }
  }

  #insert(cell: Cell, shows: ICellShows): void {
    const widget = new CellWidget(this.lab, this.surroundings, shows);
    this.#widgets.set(cell, widget);
    cell.disposed.connect(() => widget.dispose());
    // A cell that was not drawn yet lays itself out when it is.
    void cell.ready.then(() => {
      const layout = cell.layout as { widgets: readonly unknown[]; insertWidget: Insert } | null;
      if (layout && !cell.isDisposed && !widget.isDisposed) {
        // Before the footer.
        layout.insertWidget(Math.max(0, layout.widgets.length - 1), widget);
      }
    });
  }

  #wanted(): Wanted {
    const { widgets } = this.panel.content;
    const wanted: Wanted = new Map();
    const at = (cell: Cell): { cards: ICellShows['cards'][number][]; heldUp: IHeldUp[] } => {
      const found = wanted.get(cell) ?? { cards: [], heldUp: [] };
      wanted.set(cell, found);
      return found;
    };
    if (this.#marks.size > 0) {
      for (const cell of widgets) {
        if (this.#marks.has(cell.model)) {
          at(cell);
        }
      }
    }
    const path = this.path();
    const rows = this.lab.coimprove.models.inbox.rows.filter(row => row.path === path);
    const held = [...this.surroundings.carrier.heldUp.values()].filter(one => one.path === path);
    if (rows.length + held.length > 0) {
      const places = new Places(widgets);
      for (const row of rows) {
        const [cell, place] = places.of(row);
        if (cell) {
          const shown = at(cell).cards;
          shown.push({ control: this.#control(row, shown.length < OPEN), place });
          this.#lastAt.set(row.id, cell);
          this.#titles.set(row.id, row.title);
        }
      }
      for (const one of held) {
        const last = this.#lastAt.get(one.subject);
        if (one.kind === 'moved' && !last) {
          // It waited for nothing here: that it went along is no news.
          continue;
        }
        const cell = last && !last.isDisposed ? last : widgets[widgets.length - 1];
        if (cell) {
          at(cell).heldUp.push(one);
        }
      }
    }
    this.#forget(rows);
    return wanted;
  }

  #control(row: IWaiting, isOpen: boolean): CardControl {
    const known = this.#controls.get(row.id);
    if (known) {
      known.row = row;
      return known;
    }
    const made = new CardControl(this.deciders, row, isOpen);
    this.#controls.set(row.id, made);
    return made;
  }

  #forget(rows: readonly IWaiting[]): void {
    const ids = new Set(rows.map(row => row.id));
    for (const id of this.#controls.keys()) {
      if (!ids.has(id)) {
        this.#controls.delete(id);
      }
    }
    for (const model of this.#marks.keys()) {
      if (model.isDisposed) {
        this.#marks.delete(model);
      }
    }
  }

  readonly #marks = new Map<ICellModel, IMark | IBadMark>();
  readonly #widgets = new Map<Cell, CellWidget>();
  readonly #controls = new Map<string, CardControl>();
  readonly #lastAt = new Map<string, Cell>();
  readonly #titles = new Map<string, string>();
  #isDue = false;
}

type Insert = (index: number, widget: CellWidget) => void;

/** The cells of a notebook, by id and by number. */
class Places {
  constructor(private readonly cells: readonly Cell[]) {}

  /** The cell of a row; without one of its own it is the last code cell, where a finding is written. */
  of(row: IWaiting): [Cell | undefined, 'cell' | 'gone'] {
    const { cells } = this;
    const last = cells[cells.length - 1];
    if (row.cell_id) {
      this.#byId ??= new Map(cells.map(cell => [cell.model.id, cell]));
      const cell = this.#byId.get(row.cell_id);
      return cell ? [cell, 'cell'] : [last, 'gone'];
    }
    if (row.cell) {
      const cell = cells[row.cell - 1];
      return cell ? [cell, 'cell'] : [last, 'gone'];
    }
    this.#lastCode ??= [...cells].reverse().find(cell => cell.model.type === 'code') ?? last;
    return [this.#lastCode, 'cell'];
  }

  #byId: Map<string, Cell> | undefined;
  #lastCode: Cell | undefined;
}

function same(one: ICellShows, two: ICellShows): boolean {
  return (
    one.path === two.path &&
    one.mark === two.mark &&
    one.cards.length === two.cards.length &&
    one.heldUp.length === two.heldUp.length &&
    one.heldUp.every((held, index) => held === two.heldUp[index]) &&
    one.cards.every(
      ({ control, place }, index) =>
        control === two.cards[index]?.control && place === two.cards[index]?.place
    )
  );
}
