import { nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { ApiError, type StepRow } from '../src/api';
import { type ILab, LabProvider } from '../src/components/lab';
import { TrailPage } from '../src/components/record/trail';
import { Trails } from '../src/model';
import type { ICoimprove } from '../src/tokens';
import { FakeStream, tick, verbs } from './fakes';

const PLACE = { path: 'sub/y.ipynb', root: '/r', notebook: 'y.ipynb' };

function step(id: string, after: string, more: Partial<StepRow> = {}): StepRow {
  return {
    id,
    kind: 'experiment',
    state: 'completed',
    title: `about ${id}`,
    distance: 1,
    by: after,
    after,
    also: [],
    gone: false,
    marks: [],
    opens: 'experiment',
    target: id,
    cell: 0,
    cell_id: '',
    ...more
  };
}

const WAY = [
  step('p', '', { kind: 'problem', distance: -1, opens: 'inbox' }),
  step('e', 'p', { distance: 0, marks: [{ kind: 'runs', text: '6 of 6 runs', gone: false }] }),
  step('g', 'e', { gone: true, state: 'rejected' }),
  step('f', 'e', {
    kind: 'finding',
    also: ['p'],
    marks: [
      { kind: 'decision', text: 'accepted by her', gone: true },
      { kind: 'decision', text: 'undone by her', gone: false }
    ]
  }),
  step('r', 'f', { kind: 'report', opens: 'file', target: 'coimprove/reports/y.md' }),
  step('n', 'f', { kind: 'card', opens: 'notebook', target: 'y.ipynb', cell: 3 })
];

async function page(answer: (args: object) => readonly StepRow[]): Promise<{
  trails: Trails;
  did: unknown[];
  stream: FakeStream;
  user: ReturnType<typeof userEvent.setup>;
}> {
  const stream = new FakeStream();
  stream.place([PLACE]);
  const did: unknown[] = [];
  const trails = new Trails();
  const api = verbs((_, args) => ({ summary: 'told', way: answer(args), decisions: [] }));
  const coimprove = {
    api: { verbs: api, events: stream },
    models: { trails, experiments: { select: (id: string) => did.push(['select', id]) } },
    reveal: (...where: unknown[]) => Promise.resolve(void did.push(['reveal', ...where]))
  } as unknown as ICoimprove;
  const lab = {
    coimprove,
    trans: nullTranslator.load('jupyter_coimprove'),
    commands: {
      execute: (...one: unknown[]) => Promise.resolve(void did.push(one))
    } as unknown as CommandRegistry,
    panel: { open: (...tab: unknown[]) => void did.push(['open', ...tab]), isVisible: true }
  } as unknown as ILab;
  render(
    <LabProvider value={lab}>
      <TrailPage trail={{ subject: 'e', door: PLACE.path }} />
    </LabProvider>
  );
  await act(() => tick());
  return { trails, did, stream, user: userEvent.setup() };
}

/** Titles as a list in a list, each with what is below it. */
function outline(list: Element): unknown[] {
  return [...list.children].map(item => {
    const title = item.querySelector('.coai-Row-title')?.textContent;
    const below = [...item.children].find(one => one.localName === 'ul');
    return below ? [title, ...outline(below)] : title;
  });
}

test('a trail is a list in a list, with what happened, what is gone and the one asked about', async () => {
  await page(() => WAY);
  const list = screen.getByRole('list', { name: 'Trail' });
  expect(outline(list)).toEqual([
    ['about p', ['about e', 'about g', ['about f', 'about r', 'about n']]]
  ]);
  const current = list.querySelectorAll('[aria-current="step"]');
  expect([...current].map(one => one.querySelector('button')?.dataset['id'])).toEqual(['e']);
  expect([...list.querySelectorAll('s')].map(one => one.textContent)).toEqual([
    'about g',
    'accepted by her (taken back)'
  ]);
  expect(list.textContent).toContain('rests on “about p” too');
  expect(list.textContent).toContain('6 of 6 runs');
});

test('each opens where it is seen', async () => {
  const { did, user } = await page(() => WAY);
  const list = screen.getByRole('list', { name: 'Trail' });
  for (const id of ['p', 'e', 'r', 'n']) {
    await user.click(list.querySelector(`[data-id="${id}"]`)!);
  }
  expect(did).toEqual([
    ['open', 'inbox', 'p'],
    ['select', 'e'],
    ['open', 'experiments'],
    ['docmanager:open', { path: 'sub/coimprove/reports/y.md' }],
    ['reveal', 'sub/y.ipynb', 3]
  ]);
});

test('one stop of the Tab key, arrows along the line, and t follows another trail', async () => {
  const { trails, user } = await page(() => WAY);
  const at = (): string | undefined => (document.activeElement as HTMLElement).dataset['id'];
  await user.tab();
  expect(document.activeElement?.textContent).toBe('‹ Record');
  await user.tab();
  expect(at()).toBe('e');
  await user.keyboard('{ArrowDown}');
  expect(at()).toBe('g');
  await user.keyboard('{End}{ArrowDown}');
  expect(at()).toBe('n');
  await user.keyboard('{Home}');
  expect(at()).toBe('p');
  await user.keyboard('t');
  expect(trails.shown).toEqual({ subject: 'p', door: PLACE.path });
  await user.click(screen.getByRole('button', { name: '‹ Record' }));
  expect(trails.shown).toBeNull();
});

test('what is alone says what will appear, what went wrong is said, and it is asked again after an event', async () => {
  let way: readonly StepRow[] | ApiError = [step('e', '', { distance: 0 })];
  const { stream } = await page(() => {
    if (way instanceof ApiError) {
      throw way;
    }
    return way;
  });
  expect(screen.getByText(/Nothing else is linked/)).toBeTruthy();
  const tell = (type: string): void =>
    act(() =>
      stream.tell({ root: '/r', type, seq: 1, id: 'x', v: 1, payload: {} } as unknown as Parameters<
        FakeStream['tell']
      >[0])
    );
  way = WAY;
  tell('finding.proposed');
  await waitFor(() => expect(screen.getByText('about r')).toBeTruthy());
  way = new ApiError('gone', 'the record is away', 'look again');
  tell('decision.accepted');
  await waitFor(() =>
    expect(screen.getByRole('alert').textContent).toContain('the record is away')
  );
});

test('two hundred things are drawn, each once', async () => {
  const many = [
    step('e', '', { distance: 0 }),
    ...Array.from({ length: 199 }, (_, n) => step(`s${n}`, n % 3 ? `s${n - 1}` : 'e'))
  ];
  await page(() => many);
  const list = screen.getByRole('list', { name: 'Trail' });
  expect(list.querySelectorAll('[data-id]')).toHaveLength(200);
  expect(within(list).getAllByRole('listitem')).toHaveLength(200);
});
