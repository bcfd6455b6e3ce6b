import {
  type INotebookTracker,
  type Notebook,
  NotebookActions,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { CardControl } from '../../components/card/control';
import type { ICoimprove } from '../../tokens';
import type { PanelCards } from './observer';
import { isStepNext } from './shared';

/** What is decided by keys and in the menu of a cell: on the card of the active cell, or on the next one. */
export function addCardCommands(
  commands: CommandRegistry,
  trans: TranslationBundle,
  coimprove: ICoimprove,
  notebooks: INotebookTracker,
  cardsOf: (panel: NotebookPanel) => PanelCards | undefined
): void {
  const front = (): [NotebookPanel, PanelCards] | null => {
    const panel = notebooks.currentWidget;
    const cards = panel ? cardsOf(panel) : undefined;
    return panel && cards ? [panel, cards] : null;
  };
  /** The card that has the focus, else the first at the active cell. */
  const current = (): CardControl | undefined => {
    const found = front();
    if (!found) {
      return undefined;
    }
    const [panel, cards] = found;
    const focused = document.activeElement?.closest<HTMLElement>('.coai-Card')?.dataset['id'];
    const here = cards.controls.filter(one => cards.cellOf(one) === panel.content.activeCell);
    return cards.controls.find(one => one.row.id === focused) ?? here[0];
  };
  const go = async (step: 1 | -1): Promise<void> => {
    const found = front();
    if (!found) {
      return;
    }
    const [panel, cards] = found;
    const { controls } = cards;
    const next = after(panel, cards, current(), step);
    const cell = next && cards.cellOf(next);
    if (next && cell && controls.length > 0) {
      const index = panel.content.widgets.indexOf(cell);
      panel.content.activeCellIndex = index;
      await panel.content.scrollToItem(index, 'smart');
      next.open(true);
      next.focus();
    }
  };
  const add = (
    id: string,
    label: string,
    isEnabled: () => boolean,
    execute: () => unknown
  ): void => {
    const describedBy = { args: { type: 'object', properties: {} } };
    commands.addCommand(id, { label, isEnabled, execute, describedBy });
  };
  const some = (): boolean => (front()?.[1].controls.length ?? 0) > 0;
  const can = (): boolean => current()?.canDecide === true && coimprove.health.writable;
  const isFresh = (): boolean =>
    can() && !['stale', 'orphaned'].includes(current()?.row.state ?? '');
  const hasWords = (): boolean =>
    isFresh() && !['check', 'experiment'].includes(current()?.row.kind ?? '');
  const isPlan = (): boolean =>
    isFresh() && ['experiment', 'proposal'].includes(current()?.row.kind ?? '');

  add('coimprove:next-card', trans.__('Next One That Waits'), some, () => go(1));
  add('coimprove:previous-card', trans.__('Previous One That Waits'), some, () => go(-1));
  add('coimprove:accept-card', trans.__('Accept'), isFresh, () => current()?.decide('accept'));
  add('coimprove:run-card', trans.__('Accept and Run'), isPlan, () =>
    current()?.decide('accept', { run: true })
  );
  add('coimprove:edit-card', trans.__('Edit and Accept…'), hasWords, () => current()?.show('edit'));
  add('coimprove:reject-card', trans.__('Reject…'), can, () => current()?.show('reject'));
  // Ctrl+Z in command mode is Lab's undo in the active cell alone; what was accepted is a step of the notebook.
  const isOpen = (): boolean => notebooks.currentWidget !== null;
  const step = (type: 'undo' | 'redo', act: (notebook: Notebook) => void): unknown => {
    const content = notebooks.currentWidget?.content;
    const shared = content?.model?.sharedModel;
    return content && shared && isStepNext(shared, type)
      ? act(content)
      : commands.execute(`editmenu:${type}`);
  };
  add('coimprove:undo-step', trans.__('Undo'), isOpen, () => step('undo', NotebookActions.undo));
  add('coimprove:redo-step', trans.__('Redo'), isOpen, () => step('redo', NotebookActions.redo));
  add('coimprove:defer-card', trans.__('Defer'), isFresh, () => current()?.decide('defer'));
}

/** The next card in the notebook from a card, or from the active cell; around the end to the first. */
function after(
  panel: NotebookPanel,
  cards: PanelCards,
  from: CardControl | undefined,
  step: 1 | -1
): CardControl | undefined {
  const { controls } = cards;
  const isIn = from !== undefined && document.activeElement?.closest('.coai-Card') !== null;
  if (from !== undefined && isIn) {
    return controls[(controls.indexOf(from) + step + controls.length) % controls.length];
  }
  const active = panel.content.activeCellIndex;
  const place = (one: CardControl): number => {
    const cell = cards.cellOf(one);
    return cell ? panel.content.widgets.indexOf(cell) : -1;
  };
  if (step === 1) {
    return controls.find(one => place(one) >= active) ?? controls[0];
  }
  return [...controls].reverse().find(one => place(one) <= active) ?? controls[controls.length - 1];
}
