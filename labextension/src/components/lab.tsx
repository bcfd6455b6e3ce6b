import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';
import { createContext, useContext, useEffect, useReducer } from 'react';

import type { IAround } from '../api';
import type { ICoimprove, ICoimprovePanel } from '../tokens';

/** A cell of an open notebook as it is now; numbers count from 1. */
export interface ICellBrief {
  readonly id: string;
  readonly number: number;
  readonly text: string;
}

/** What every component may use of its surroundings. */
export interface ILab {
  readonly coimprove: ICoimprove;
  readonly trans: TranslationBundle;
  readonly commands: CommandRegistry;
  /** Draws Markdown, mathematics and plots; what comes from models passes its sanitizer. */
  readonly rendermime: IRenderMimeRegistry;
  /** Colours code; without it code is plain. */
  readonly languages?: IEditorLanguageRegistry | null;
  /** The cells of an open notebook; none where it is not open. */
  readonly cells?: (path: string) => readonly ICellBrief[];
  /** The id of the active cell of an open notebook. */
  readonly activeCell?: (path: string) => string | null;
  /** What a question about a notebook takes along; its kernel is asked for it. */
  readonly around?: (path: string) => Promise<IAround>;
  readonly panel: ICoimprovePanel;
}

const Context = createContext<ILab | null>(null);

export const LabProvider = Context.Provider;

export function useLab(): ILab {
  const lab = useContext(Context);
  if (lab === null) {
    throw new Error('a component of jupyter-coimprove stands outside of its LabProvider');
  }
  return lab;
}

/** Draw again when one of these signals is emitted. */
export function useSignals(...signals: readonly ISignal<unknown, unknown>[]): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    // A ref-like closure: emitted between the first drawing and now, it would be missed.
    const slot = (): void => again();
    signals.forEach(signal => signal.connect(slot));
    slot();
    return () => signals.forEach(signal => signal.disconnect(slot));
    // The signals of the service are as long-lived as the window; a call always names the same ones.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, signals);
}
