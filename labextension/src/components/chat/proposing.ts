import { asApiError, type IEntry } from '../../api';
import type { ILab } from '../lab';
import type { Propose } from '../markdown/code';

const WHY = 300;

/**
 * Code of an answer becomes a proposal below the active cell, by whoever answered.
 *
 * Nothing is written into the notebook before the person accepts it there.
 */
export function proposer(
  { coimprove, trans, activeCell }: Pick<ILab, 'coimprove' | 'trans' | 'activeCell'>,
  path: string,
  { text, answer }: Pick<IEntry, 'text' | 'answer'>
): Propose {
  return async (source, language) => {
    const by = answer?.view?.view === 'AskView' ? answer.view.provider : 'chat';
    const cell_kind = /^(md|markdown)$/i.test(language) ? 'markdown' : 'code';
    const told = {
      edits: [{ kind: 'insert', cell: activeCell?.(path) ?? null, cell_kind, source }],
      why: text.slice(0, WHY),
      author: { kind: 'ai', id: by }
    };
    const args = { notebook: path.split('/').pop() ?? path, edits: JSON.stringify(told) };
    try {
      const { title } = await coimprove.api.verbs.call('propose', args, path);
      return trans.__('Proposed: %1', title);
    } catch (error) {
      const { code, message, remedy } = asApiError(error);
      return code === 'unknown_name'
        ? trans.__('Its file lacks the active cell: save the notebook first')
        : [message, remedy].filter(Boolean).join(': ');
    }
  };
}
