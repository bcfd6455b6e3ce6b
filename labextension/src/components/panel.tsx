import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal, type ISignal } from '@lumino/signaling';

import { coimproveIcon } from '../icons';
import type { ICoimprovePanel, TabName } from '../tokens';
import { Banner } from './banner';
import { ChatTab } from './chat/tab';
import { ExperimentsTab } from './experiments/tab';
import { InboxTab } from './inbox/tab';
import { type ILab, LabProvider, useLab, useSignals } from './lab';
import { Part } from './part';
import { RecordTab } from './record/tab';
import { Tabs } from './tabs';

export const PANEL_ID = 'coimprove-panel';
export const TAB_NAMES: readonly TabName[] = ['inbox', 'experiments', 'chat', 'record'];

/** The panel's content: a banner where something stands in the way, and the four tabs. */
export function Panel({
  selected,
  select
}: {
  selected: TabName;
  select: (name: TabName) => void;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { inbox, experiments } = coimprove.models;
  useSignals(inbox.changed, experiments.changed);
  const waiting = inbox.waiting.length;
  const live = experiments.liveRuns;
  return (
    <>
      <Banner />
      <Tabs<TabName>
        id={PANEL_ID}
        label={trans.__('jupyter-coimprove')}
        selected={selected}
        select={select}
        tabs={[
          {
            name: 'inbox',
            label: trans.__('Inbox'),
            count: waiting,
            countLabel: trans._n('%1 waits', '%1 wait', waiting),
            body: () => (
              <Part>
                <InboxTab />
              </Part>
            )
          },
          {
            name: 'experiments',
            label: trans.__('Experiments'),
            count: live,
            countLabel: trans._n('%1 run is live', '%1 runs are live', live),
            body: () => (
              <Part>
                <ExperimentsTab />
              </Part>
            )
          },
          {
            name: 'chat',
            label: trans.__('Chat'),
            body: () => (
              <Part>
                <ChatTab />
              </Part>
            )
          },
          {
            name: 'record',
            label: trans.__('Record'),
            body: () => (
              <Part>
                <RecordTab />
              </Part>
            )
          }
        ]}
      />
    </>
  );
}

/** The panel in Lab's right side bar. */
export class PanelWidget extends ReactWidget {
  /** @param lab - the surroundings; the panel itself is added here */
  constructor(private readonly lab: Omit<ILab, 'panel'>) {
    super();
    this.id = PANEL_ID;
    this.addClass('coai-Panel');
    this.title.icon = coimproveIcon;
    this.title.caption = lab.trans.__('jupyter-coimprove: what waits, experiments, chat, record');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', lab.trans.__('jupyter-coimprove'));
  }

  /** With the name of the tab that is in front now. */
  get selectedChanged(): ISignal<this, TabName> {
    return this.#selectedChanged;
  }

  get selected(): TabName {
    return this.#selected;
  }

  set selected(name: TabName) {
    if (name !== this.#selected) {
      this.#selected = name;
      this.#selectedChanged.emit(name);
      this.update();
    }
  }

  protected override render(): JSX.Element {
    const panel: ICoimprovePanel = {
      open: (tab, id) =>
        void this.lab.commands.execute('coimprove:open', {
          ...(tab && { tab }),
          ...(id && { id })
        }),
      isVisible: this.isVisible
    };
    return (
      <LabProvider value={{ ...this.lab, panel }}>
        <Panel selected={this.#selected} select={name => (this.selected = name)} />
      </LabProvider>
    );
  }

  /** The keyboard goes to this row once it is drawn. */
  seek(id: string, frames = 60): void {
    const row = this.node.querySelector<HTMLElement>(
      `.coai-TabBody:not([hidden]) [data-id="${id}"]`
    );
    if (row) {
      row.focus();
    } else if (frames > 0) {
      requestAnimationFrame(() => this.seek(id, frames - 1));
    }
  }

  /** The keyboard goes to what the tab marks as its beginning, else to the tab itself. */
  protected override onActivateRequest(): void {
    const body = `[id="${PANEL_ID}-body-${this.#selected}"]`;
    const begin = this.node.querySelector<HTMLElement>(`${body} [data-coai-begin][tabindex="0"]`);
    const tab = this.node.querySelector<HTMLElement>(`[id="${PANEL_ID}-tab-${this.#selected}"]`);
    (begin ?? tab ?? this.node).focus();
  }

  #selected: TabName = 'inbox';
  readonly #selectedChanged = new Signal<this, TabName>(this);
}
