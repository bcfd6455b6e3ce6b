import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import type { CellWidget } from '../src/components/card/widget';
import type { IHeldUp, IWaiting } from '../src/model';
import { PanelCards } from '../src/plugins/cells/observer';

const FINDING = `fnd_${'0'.repeat(26)}`;

/** Nothing comes into view here: what a card says whole is not asked for. */
class Nowhere {
  readonly observe = (): void => undefined;
  readonly disconnect = (): void => undefined;
}
Object.assign(globalThis, { IntersectionObserver: Nowhere });

class FakeCell {
  constructor(
    readonly id: string,
    readonly type = 'code'
  ) {
    const model = {
      id,
      type,
      isDisposed: false,
      sharedModel: { getMetadata: () => ((this.reads += 1), this.metadata) }
    };
    const metadataChanged = new Signal<object, { key: string }>(model);
    this.model = Object.assign(model, { metadataChanged });
  }

  reads = 0;
  metadata: unknown = undefined;
  readonly model;
  readonly classes = new Set<string>();
  readonly disposed = new Signal<this, void>(this);
  readonly inserted: CellWidget[] = [];
  readonly ready = Promise.resolve();
  isDisposed = false;
  readonly layout = {
    widgets: ['header', 'input', 'footer'],
    insertWidget: (index: number, widget: CellWidget) => {
      expect(index).toBe(2);
      this.inserted.push(widget);
    }
  };

  toggleClass(name: string, isOn: boolean): void {
    this.classes[isOn ? 'add' : 'delete'](name);
  }

  removeClass(name: string): void {
    this.classes.delete(name);
  }

  mark(metadata: unknown): void {
    this.metadata = metadata;
    this.model.metadataChanged.emit({ key: 'coimprove' });
  }

  /** What stands below it now. */
  get shown(): string[] {
    const widget = this.inserted[this.inserted.length - 1];
    if (widget === undefined || widget.isDisposed) {
      return [];
    }
    const { cards, mark, heldUp } = widget.shows;
    return [
      ...(mark ? ['mark'] : []),
      ...heldUp.map(held => `held ${held.subject}`),
      ...cards.map(({ control, place }) => `${control.row.id} ${place}`)
    ];
  }
}

function row(id: string, more: Partial<IWaiting> = {}): IWaiting {
  return {
    id,
    kind: 'finding',
    state: 'pending',
    notebook: 'x.ipynb',
    title: id,
    changed: '1',
    trust: 'own',
    author: '',
    author_kind: 'tool',
    why: '',
    cell: 0,
    cell_id: '',
    alone: false,
    root: '/r',
    path: 'x.ipynb',
    isOpen: true,
    ...more
  };
}

class Desk {
  readonly widgets: FakeCell[];
  readonly cellsChanged = new Signal<object, { newValues: unknown[] }>({});
  readonly inbox = { changed: new Signal<object, void>({}), rows: [] as IWaiting[] };
  readonly carrier = {
    heldUpChanged: new Signal<object, void>({}),
    heldUp: new Map<string, IHeldUp>()
  };
  readonly cards: PanelCards;

  constructor(...ids: string[]) {
    this.widgets = ids.map(id => new FakeCell(id));
    const cells = {
      changed: this.cellsChanged,
      [Symbol.iterator]: () => this.widgets.map(cell => cell.model)[Symbol.iterator]()
    };
    const panel = {
      isDisposed: false,
      disposed: new Signal<object, void>({}),
      context: { pathChanged: new Signal<object, string>({}) },
      content: { widgets: this.widgets, modelChanged: new Signal({}), model: { cells } }
    };
    const trans = nullTranslator.load('');
    const lab = { trans, coimprove: { models: { inbox: this.inbox } } };
    const surroundings = { carrier: this.carrier, leave: () => undefined };
    this.cards = new PanelCards(
      panel as never,
      () => 'x.ipynb',
      lab as never,
      surroundings as never,
      {} as never
    );
  }

  async wait(...rows: IWaiting[]): Promise<void> {
    this.inbox.rows = rows;
    this.inbox.changed.emit();
    await this.turn();
  }

  /** What was to be done is done at the end of the turn, and cells are ready in the next. */
  async turn(): Promise<void> {
    await new Promise(resolve => setTimeout(resolve, 0));
  }

  get shown(): string[][] {
    return this.widgets.map(cell => cell.shown);
  }
}

test('a card stands below its cell: by id, by number, or where its result is; else it says that the cell is gone', async () => {
  const desk = new Desk('a', 'b', 'c');
  await desk.wait(
    row('by-id', { cell_id: 'b', cell: 1 }),
    row('by-number', { cell: 1 }),
    row('of-no-cell'),
    row('gone', { cell_id: 'zzz', cell: 1 }),
    row('elsewhere', { path: 'y.ipynb' })
  );
  expect(desk.shown).toEqual([
    ['by-number cell'],
    ['by-id cell'],
    ['of-no-cell cell', 'gone gone']
  ]);
  expect(desk.cards.controls.map(control => control.row.id)).toEqual([
    'by-number',
    'by-id',
    'of-no-cell',
    'gone'
  ]);
});

test('what is decided goes, with its widget; where nothing waits there is no badge', async () => {
  const desk = new Desk('a', 'b');
  await desk.wait(row('one', { cell: 1 }), row('two', { cell: 1 }));
  const [cell] = desk.widgets;
  expect(cell?.classes.has('coai-mod-waits')).toBe(true);
  await desk.wait(row('two', { cell: 1 }));
  expect(desk.shown).toEqual([['two cell'], []]);
  await desk.wait();
  expect(desk.shown).toEqual([[], []]);
  expect(cell?.inserted[0]?.isDisposed).toBe(true);
  expect(cell?.classes.has('coai-mod-waits')).toBe(false);
});

test('metadata is read of cells that come or change, and of no others', async () => {
  const desk = new Desk(...Array.from({ length: 1000 }, (_, index) => `c${index}`));
  const reads = (): number => desk.widgets.reduce((sum, cell) => sum + cell.reads, 0);
  await desk.turn();
  expect(reads()).toBe(1000);
  await desk.wait(row('one', { cell_id: 'c7' }));
  expect(reads()).toBe(1000);
  const fresh = new FakeCell('fresh');
  fresh.metadata = { v: 1, finding: FINDING };
  desk.widgets.splice(8, 0, fresh);
  desk.cellsChanged.emit({ newValues: [fresh.model] });
  await desk.turn();
  expect(reads()).toBe(1001);
  expect(fresh.shown).toEqual(['mark']);
  desk.widgets[20]?.mark({ v: 9, finding: FINDING });
  await desk.turn();
  expect(reads()).toBe(1002);
  expect(desk.shown[20]).toEqual(['mark']);
  desk.widgets[20]?.mark(undefined);
  await desk.turn();
  expect(desk.shown[20]).toEqual([]);
});

test('what is decided and not in the notebook yet is said where its card stood', async () => {
  const desk = new Desk('a', 'b');
  await desk.wait(row('one', { cell: 1 }));
  desk.carrier.heldUp.set('one', {
    subject: 'one',
    path: 'x.ipynb',
    kind: 'elsewhere',
    by: 'Zoë',
    why: ''
  });
  await desk.wait();
  expect(desk.shown).toEqual([['held one'], []]);
});

test('two cards of a cell begin open, the others and what was put off are a line each', async () => {
  const desk = new Desk('a');
  await desk.wait(
    row('deferred', { cell: 1, state: 'deferred' }),
    row('one', { cell: 1 }),
    row('two', { cell: 1 })
  );
  expect(desk.cards.controls.map(control => control.isOpen)).toEqual([false, true, false]);
});
