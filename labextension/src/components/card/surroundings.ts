import type { IEditorServices } from '@jupyterlab/codeeditor';
import { createContext, useContext } from 'react';

import type { Carrier } from '../../model';
import { type ILab, useLab } from '../lab';

/** What the cards of a notebook use beside what every component uses. */
export interface ICardSurroundings {
  readonly editorServices: IEditorServices;
  readonly carrier: Carrier;
  /** Of a cell of that kind in this notebook, which is in that language. */
  readonly mimeOf: (kind: string, language: string) => string;
  /** The formats that jupytext pairs this notebook with, as the notebook says; empty for none. */
  readonly paired: () => string;
  /** Write this notebook's file, whether it is there or not. */
  readonly save: () => void;
  /** Give the focus back to the notebook, at the cell of the card. */
  readonly leave: () => void;
}

export const MARKDOWN = 'text/x-ipythongfm';

const Context = createContext<ICardSurroundings | null>(null);

export const CardProvider = Context.Provider;

export function useCards(): ICardSurroundings & ILab {
  const lab = useLab();
  const cards = useContext(Context);
  if (cards === null) {
    throw new Error('a card of jupyter-coimprove stands outside of its CardProvider');
  }
  return { ...lab, ...cards };
}
