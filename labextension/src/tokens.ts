import { Token } from '@lumino/coreutils';

import type { Applications, EventStream, Server, Verbs } from './api';
import type {
  AiSwitch,
  Conversations,
  Experiments,
  Findings,
  Health,
  Inbox,
  OpenBooks,
  Trails
} from './model';

/** The door of the server, as one window uses it. */
export interface IApi {
  readonly server: Server;
  readonly verbs: Verbs;
  readonly events: EventStream;
  readonly applications: Applications;
}

/** What is known, kept up to date by events. */
export interface IModels {
  readonly inbox: Inbox;
  readonly experiments: Experiments;
  readonly findings: Findings;
  readonly conversations: Conversations;
  readonly trails: Trails;
}

/** The one service of this extension, on which its other plugins and those of others stand. */
export interface ICoimprove {
  readonly api: IApi;
  readonly models: IModels;
  /** Which notebooks are open in this window, and which is in front. */
  readonly books: OpenBooks;
  /** Whether the server can be worked with. */
  readonly health: Health;
  /** The one switch that turns all AI off. */
  readonly ai: AiSwitch;
  /** Reveal a cell of a notebook, opening it where it is not; cells count from 1. */
  reveal(path: string, cell?: number | string): Promise<void>;
}

export const ICoimprove = new Token<ICoimprove>(
  'jupyter-coimprove:ICoimprove',
  'The record, the verbs and the events of jupyter-coimprove in this window.'
);

/** The tabs of the panel. */
export type TabName = 'inbox' | 'experiments' | 'chat' | 'record';

/** The panel: other plugins bring a tab to the front. */
export interface ICoimprovePanel {
  /** Show the panel with this tab in front (the last one where none is named), and in it the row of this id. */
  open(tab?: TabName, id?: string): void;
  /** Whether it is seen. */
  readonly isVisible: boolean;
}

export const ICoimprovePanel = new Token<ICoimprovePanel>(
  'jupyter-coimprove:ICoimprovePanel',
  'The side panel of jupyter-coimprove.'
);
