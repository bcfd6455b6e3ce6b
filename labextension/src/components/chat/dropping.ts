import { type RefObject, useEffect } from 'react';

/** What a notebook puts into a drag of its cells: the widgets, of which only the ids are read. */
const CELLS = 'internal:cells';

interface ILuminoDrag extends Event {
  readonly mimeData: { hasData(type: string): boolean; getData(type: string): unknown };
  dropAction: string;
}

/** Cells dragged from a notebook onto a field, by their ids. */
export function useDroppedCells(
  field: RefObject<HTMLElement>,
  dropped: (ids: readonly string[]) => void
): void {
  useEffect(() => {
    const node = field.current;
    if (node === null) {
      return;
    }
    const hear = (event: Event): void => {
      const drag = event as ILuminoDrag;
      if (!drag.mimeData.hasData(CELLS)) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      // A copy: the notebook keeps its cells.
      drag.dropAction = 'copy';
      if (event.type === 'lm-drop') {
        const cells = drag.mimeData.getData(CELLS) as readonly { model?: { id?: unknown } }[];
        dropped(cells.map(cell => String(cell.model?.id ?? '')).filter(Boolean));
      }
    };
    const types = ['lm-dragenter', 'lm-dragover', 'lm-drop'];
    types.forEach(type => node.addEventListener(type, hear));
    return () => types.forEach(type => node.removeEventListener(type, hear));
  }, [field, dropped]);
}
