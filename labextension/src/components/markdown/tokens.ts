/** What a text in Markdown is made of: the only things that are drawn. Strings are as a person reads them. */

/** Pieces of a line. */
export type Inline =
  | { readonly type: 'text' | 'code' | 'math'; readonly text: string }
  | { readonly type: 'br' }
  | { readonly type: 'em' | 'strong' | 'del'; readonly inside: readonly Inline[] }
  | { readonly type: 'link'; readonly href: string; readonly inside: readonly Inline[] }
  | { readonly type: 'image'; readonly href: string; readonly alt: string };

export type Side = 'left' | 'right' | 'center';

export interface IItem {
  /** Whether its box is ticked; null where it has none. */
  readonly isDone: boolean | null;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly type: 'heading'; readonly level: number; readonly inside: readonly Inline[] }
  | { readonly type: 'paragraph'; readonly inside: readonly Inline[] }
  | { readonly type: 'hr' }
  | { readonly type: 'quote'; readonly blocks: readonly Block[] }
  | { readonly type: 'code'; readonly text: string; readonly language: string }
  | { readonly type: 'math'; readonly text: string }
  | {
      readonly type: 'list';
      /** The first number; null for marks. */
      readonly start: number | null;
      /** Whether blank lines stand between its items. */
      readonly isLoose: boolean;
      readonly items: readonly IItem[];
    }
  | {
      readonly type: 'table';
      readonly sides: readonly Side[];
      readonly header: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    };

/** Deeper than this nobody nests by hand; what is deeper is shown as it is written. */
export const DEEPEST = 24;
