import type { IWaiting } from './inbox';

/** Which notebooks: all that are open here, the one in front, or all of their projects. */
export type Scope = 'open' | 'front' | 'all';

export interface IFilter {
  readonly scope: Scope;
  /** Words that must all be in what a row says, in any order. */
  readonly text: string;
}

/** The rows that a filter lets through, in their order. */
export function filtered(
  rows: readonly IWaiting[],
  { scope, text }: IFilter,
  front: string | null
): IWaiting[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter(row => {
    const inScope = scope === 'all' || (scope === 'front' ? row.path === front : row.isOpen);
    const said = [row.title, row.why, row.author, row.notebook, row.kind, row.state]
      .join(' ')
      .toLocaleLowerCase();
    return inScope && words.every(word => said.includes(word));
  });
}
