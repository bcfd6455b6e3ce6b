import { nullTranslator } from '@jupyterlab/translation';

import { ApiError, type IEntry } from '../src/api';
import { proposer } from '../src/components/chat/proposing';
import { Inbox } from '../src/model';
import type { ICoimprove } from '../src/tokens';
import { FakeStream, row, verbs } from './fakes';

const trans = nullTranslator.load('jupyter_coimprove');
const ENTRY = {
  text: 'how do I take the root?',
  answer: { verb: 'ask', blocks: [], view: { view: 'AskView', provider: 'claude' } }
} as unknown as IEntry;

function chat(answer: () => object): { coimprove: ICoimprove; said: [string, object, string][] } {
  const said: [string, object, string][] = [];
  const api = verbs((verb, args, path) => {
    said.push([verb, args, path]);
    return answer();
  });
  return { coimprove: { api: { verbs: api } } as unknown as ICoimprove, said };
}

test('code of an answer is proposed below the active cell, by who answered', async () => {
  const { coimprove, said } = chat(() => ({ title: 'new code cell after cell 2' }));
  const propose = proposer({ coimprove, trans, activeCell: () => 'c1' }, 'a/y.ipynb', ENTRY);
  expect(await propose('x = 1', 'python')).toBe('Proposed: new code cell after cell 2');
  const [verb, args, path] = said[0]!;
  expect([verb, path]).toEqual(['propose', 'a/y.ipynb']);
  const { notebook, edits } = args as { notebook: string; edits: string };
  expect(notebook).toBe('y.ipynb');
  expect(JSON.parse(edits)).toEqual({
    edits: [{ kind: 'insert', cell: 'c1', cell_kind: 'code', source: 'x = 1' }],
    why: ENTRY.text,
    author: { kind: 'ai', id: 'claude' }
  });
  await propose('# T', 'markdown');
  expect((said[1]![1] as { edits: string }).edits).toContain('"cell_kind":"markdown"');
});

test.each([
  ['unknown_name', 'save the notebook first'],
  ['notebook', 'it is gone: look for it']
])('what is refused for %s is said', async (code, says) => {
  const { coimprove } = chat(() => {
    throw new ApiError(code, 'it is gone', 'look for it');
  });
  expect(await proposer({ coimprove, trans }, 'y.ipynb', ENTRY)('x', '')).toContain(says);
});

test('what was shown is what is accepted, and several at once are told as such', async () => {
  const said: [string, object][] = [];
  const api = verbs((verb, args) => {
    if (verb === 'show') {
      return { view: 'ProposalView', digest: 'json:1' };
    }
    if (verb === 'review') {
      return { items: [] };
    }
    said.push([verb, args]);
    return { summary: '', items: [] };
  });
  const inbox = new Inbox(new FakeStream() as never, api);
  const waiting = {
    ...row('prp_1', { kind: 'proposal' }),
    root: '/r',
    path: 'y.ipynb',
    isOpen: true
  };
  await inbox.decide('accept', waiting, { bulk: true });
  await inbox.details(waiting);
  await inbox.decide('accept', waiting);
  await inbox.decide('edit', waiting, { set: ['1=x'] });
  await inbox.decide('defer', waiting, { bulk: true });
  expect(said).toEqual([
    ['accept', { id: 'prp_1', bulk: true }],
    ['accept', { id: 'prp_1', digest: 'json:1' }],
    ['edit', { id: 'prp_1', set: ['1=x'], digest: 'json:1' }],
    ['defer', { id: 'prp_1', bulk: true }]
  ]);
});
