import { nullTranslator } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { ApiError, type EventStream, PROTOCOL, type ReviewRow, VERSION } from '../src/api';
import { Banner } from '../src/components/banner';
import { InboxTab } from '../src/components/inbox/tab';
import { type ILab, LabProvider } from '../src/components/lab';
import { AiSwitch, Experiments, Findings, Health, Inbox, OpenBooks } from '../src/model';
import type { ICoimprove } from '../src/tokens';
import { FakeStream, row, verbs } from './fakes';

const PLACE = { path: 'y.ipynb', root: '/r', notebook: 'y.ipynb' };
const FINDING = {
  view: 'FindingView',
  claim: 'A larger step helps.',
  verdicts: {},
  deviations: [],
  warnings: []
};

/** A panel's surroundings over a record that lives in this test. */
function surroundings(first: ReviewRow[]): {
  lab: ILab;
  stream: FakeStream;
  said: [string, object][];
  revealed: unknown[];
  opened: unknown[];
  server: { rows: ReviewRow[]; refuse: ApiError | null; version: string };
} {
  const stream = new FakeStream();
  const said: [string, object][] = [];
  const server = { rows: first, refuse: null as ApiError | null, version: VERSION };
  const api = verbs((verb, args) => {
    if (verb === 'review') {
      return { items: server.rows };
    }
    if (verb === 'show') {
      return FINDING;
    }
    if (verb === 'status') {
      return { experiments: [] };
    }
    said.push([verb, args]);
    if (server.refuse) {
      throw server.refuse;
    }
    const { id } = args as { id: string };
    server.rows =
      verb === 'undo' ? [row(id), ...server.rows] : server.rows.filter(one => one.id !== id);
    return { summary: `${id}: ${verb}` };
  });
  const events = stream as unknown as EventStream;
  const revealed: unknown[] = [];
  const opened: unknown[] = [];
  const coimprove = {
    api: { verbs: api, events: stream },
    models: {
      inbox: new Inbox(events, api),
      experiments: new Experiments(events, api),
      findings: new Findings(events, api)
    },
    books: new OpenBooks(),
    health: new Health(
      { version: () => Promise.resolve({ version: server.version, protocol: PROTOCOL }) },
      events
    ),
    ai: new AiSwitch(),
    reveal: (...where: unknown[]) => Promise.resolve(void revealed.push(where))
  } as unknown as ICoimprove;
  coimprove.books.set(['y.ipynb'], 'y.ipynb');
  const lab: ILab = {
    coimprove,
    trans: nullTranslator.load('jupyter_coimprove'),
    commands: {} as CommandRegistry,
    rendermime: {} as IRenderMimeRegistry,
    panel: { open: (...tab) => void opened.push(tab), isVisible: true }
  };
  return { lab, stream, said, revealed, opened, server };
}

async function inbox(
  first: ReviewRow[]
): Promise<ReturnType<typeof surroundings> & { user: ReturnType<typeof userEvent.setup> }> {
  const made = surroundings(first);
  render(
    <LabProvider value={made.lab}>
      <Banner />
      <InboxTab />
    </LabProvider>
  );
  act(() => made.stream.place([PLACE]));
  await waitFor(() => expect(made.lab.coimprove.models.inbox.isReady).toBe(true));
  return { ...made, user: userEvent.setup() };
}

const items = (): string[] =>
  screen.queryAllByRole('listitem').map(item => item.getAttribute('aria-label') ?? '');
/** Lab's dialog, which jsdom takes for hidden. */
const opened = (): Promise<HTMLElement> =>
  waitFor(() => {
    const found = document.querySelector<HTMLElement>('.jp-Dialog');
    expect(found).not.toBeNull();
    return found!;
  });
const three = (): ReviewRow[] => [
  row('fnd_1', { title: 'One', changed: '3', cell: 4 }),
  row('exp_2', { title: 'Two', changed: '2', kind: 'experiment', cell: 1, cell_id: 'abc' }),
  row('chk_3', { title: 'Three', changed: '1', kind: 'check' })
];

test('nothing that waits is said; so is that no notebook is open', async () => {
  const { lab } = await inbox([]);
  expect(await screen.findByText(/Nothing waits for a decision/)).toBeTruthy();
  act(() => lab.coimprove.books.set([], null));
  expect(screen.getByText(/Open a notebook/)).toBeTruthy();
});

test('by keys alone: down, accept, and the focus stays where the next one is', async () => {
  const { user, said } = await inbox(three());
  await screen.findByRole('listitem', { name: 'Finding: One' });
  await user.tab(); // which notebooks
  await user.tab(); // filter
  await user.tab(); // the list: one stop
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Finding: One');
  await user.keyboard('jjk');
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Plan: Two');
  await user.keyboard('a');
  await waitFor(() => expect(items()).toEqual(['Finding: One', 'Check: Three']));
  expect(said).toEqual([['accept', { id: 'exp_2' }]]);
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Check: Three');
  expect(screen.getByText('exp_2: accept')).toBeTruthy();
});

test('Shift+A accepts a plan and runs it; d defers; what is written in a field decides nothing', async () => {
  const { user, said } = await inbox(three());
  const plan = await screen.findByRole('listitem', { name: 'Plan: Two' });
  act(() => plan.focus());
  await user.keyboard('A');
  await waitFor(() => expect(items()).toHaveLength(2));
  await user.keyboard('d');
  await waitFor(() => expect(items()).toHaveLength(1));
  await user.type(screen.getByRole('searchbox', { name: 'Filter' }), 'ade');
  expect(said).toEqual([
    ['accept', { id: 'exp_2', run: true }],
    ['defer', { id: 'chk_3' }]
  ]);
  expect(screen.getByText(/Nothing here; 1 waits elsewhere/)).toBeTruthy();
});

test('a rejection has one line of reason, and the last ones are offered', async () => {
  const { user, said } = await inbox(three());
  const first = await screen.findByRole('listitem', { name: 'Finding: One' });
  act(() => first.focus());
  await user.keyboard('r');
  const field = screen.getByLabelText('Reason, in one line');
  expect(document.activeElement).toBe(field);
  await user.keyboard('{Escape}');
  expect(document.activeElement).toBe(first);
  await user.keyboard('r');
  await user.type(screen.getByLabelText('Reason, in one line'), ' the split leaks {Enter}');
  await waitFor(() => expect(items()).toHaveLength(2));
  expect(said).toEqual([['reject', { id: 'fnd_1', reason: 'the split leaks' }]]);
  await user.keyboard('r');
  const offered = document.querySelectorAll('datalist option');
  expect([...offered].map(option => option.getAttribute('value'))).toEqual(['the split leaks']);
});

test('a finding is edited in the words that are shown; a plan in its form', async () => {
  const { user, said, opened, lab } = await inbox(three());
  act(() => screen.getByRole('listitem', { name: 'Finding: One' }).focus());
  await user.keyboard('e');
  const words = await screen.findByLabelText<HTMLTextAreaElement>('In your own words');
  expect(words.value).toBe('A larger step helps.');
  const accept = screen.getByRole<HTMLButtonElement>('button', { name: 'Accept as edited' });
  expect(accept.disabled).toBe(true);
  await user.clear(words);
  await user.type(words, 'It helps here.');
  await user.click(accept);
  await waitFor(() => expect(said).toEqual([['edit', { id: 'fnd_1', text: 'It helps here.' }]]));
  act(() => screen.getByRole('listitem', { name: 'Plan: Two' }).focus());
  await user.keyboard('e');
  expect(opened).toEqual([['experiments']]);
  expect(lab.coimprove.models.experiments.selected).toBe('exp_2');
});

test('Enter goes to the cell: by its id where it has one, else by its number', async () => {
  const { user, revealed } = await inbox(three());
  act(() => screen.getByRole('listitem', { name: 'Finding: One' }).focus());
  await user.keyboard('{Enter}j{Enter}j{Enter}');
  expect(revealed).toEqual([
    ['y.ipynb', 4],
    ['y.ipynb', 'abc'],
    ['y.ipynb', undefined]
  ]);
});

test('several are decided after a count and a confirmation; each can be taken back', async () => {
  const { user, said } = await inbox(three());
  await screen.findByRole('listitem', { name: 'Finding: One' });
  await user.click(screen.getByRole('checkbox', { name: 'Select “One”' }));
  await user.click(screen.getByRole('button', { name: 'All 3' }));
  expect(screen.getByText('3 selected')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Accept 3' }));
  const dialog = await opened();
  expect(dialog.textContent).toContain('Accept 3?');
  expect(dialog.textContent).toContain('· Two');
  await user.click(within(dialog).getByText('Cancel'));
  expect(said).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Accept 3' }));
  await user.click(within(await opened()).getByText('Accept 3'));
  await waitFor(() => expect(items()).toEqual([]));
  expect(said.map(([verb, args]) => [verb, (args as { id: string }).id])).toEqual([
    ['accept', 'fnd_1'],
    ['accept', 'exp_2'],
    ['accept', 'chk_3']
  ]);
});

test('an undo stands beside what was decided', async () => {
  const { user, said } = await inbox(three());
  act(() => screen.getByRole('listitem', { name: 'Check: Three' }).focus());
  await user.keyboard('a');
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(items()).toHaveLength(3));
  expect(said[1]).toEqual(['undo', { id: 'chk_3' }]);
});

test('a refusal is said with its remedy, and the row stays', async () => {
  const { user, server } = await inbox(three());
  server.refuse = new ApiError('stale', 'its cell has changed', 'look at it again', 409);
  act(() => screen.getByRole('listitem', { name: 'Finding: One' }).focus());
  await user.keyboard('a');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('its cell has changed');
  expect(alert.textContent).toContain('look at it again');
  expect(items()).toHaveLength(3);
});

test('what came with a cloned folder is said to be foreign, and approves nothing', async () => {
  const { user, said } = await inbox([row('fnd_1', { trust: 'imported', title: 'One' })]);
  const item = await screen.findByRole('listitem', { name: 'Finding: One' });
  act(() => item.focus());
  await user.keyboard('ad');
  expect(said).toEqual([]);
  expect(item.textContent).toContain('foreign, unverified');
  expect(within(item).getByRole<HTMLButtonElement>('button', { name: 'Accept' }).disabled).toBe(
    true
  );
});

test('another version is named above all, with what to do', async () => {
  const { lab, server } = await inbox(three());
  server.version = '7.0.0';
  await act(() => lab.coimprove.health.look());
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('the server 7.0.0');
  expect(alert.textContent).toContain('reload this page');
});

test('text of a record is text: no markup in it is drawn', async () => {
  const hostile = '<img src=x onerror=alert(1)>';
  await inbox([row('fnd_1', { title: hostile, why: hostile, author: hostile })]);
  const item = await screen.findByRole('listitem');
  act(() => item.focus());
  await waitFor(() => expect(item.textContent).toContain('A larger step helps.'));
  expect(item.querySelector('img')).toBeNull();
  expect(item.textContent).toContain(hostile);
});
