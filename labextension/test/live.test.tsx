import { nullTranslator } from '@jupyterlab/translation';
import { act, render, screen, waitFor } from '@testing-library/react';

import type { EventStream, ExperimentRow, RecordEvent } from '../src/api';
import { LiveExperiment } from '../src/components/experiments/live';
import { type ILab, LabProvider } from '../src/components/lab';
import { RunDetails } from '../src/components/experiments/rundetails';
import { AiSwitch, Health, RunGrid } from '../src/model';
import type { GridRun, IExperiment } from '../src/model';
import { FakeStream, verbs } from './fakes';

const run = (state: string): object => ({
  id: 'run_1',
  arm: 'baseline',
  block: 7,
  replicate: 0,
  state,
  reason: '',
  seconds: null,
  response: '',
  artifact: '',
  cell_seconds: [],
  slowest: 0,
  since: ''
});

const waits = {
  id: 'exp_1',
  state: 'running',
  alive: true,
  arms: ['baseline'],
  runs: [run('queued')],
  planned: [],
  counts: { queued: 1 },
  total: 1,
  left_s: null,
  waiting: '',
  finding: '',
  root: '/r',
  path: 'y.ipynb',
  first: 'cells in common: 3 of 7',
  first_since: new Date(Date.now() - 12_000).toISOString()
} as unknown as IExperiment;

test('what is done before a run begins is said with its time, until one has begun', async () => {
  const stream = new FakeStream();
  const server = { row: waits as ExperimentRow };
  const events = stream as unknown as EventStream;
  // The rest of the page is not what this is about: it is never answered.
  const never = new Promise<never>(() => undefined);
  const api = verbs(verb => (verb === 'status' ? { experiments: [server.row] } : never));
  const health = new Health({ version: () => Promise.reject(new Error('not asked')) }, events);
  const coimprove = { api: { verbs: api, events }, health, ai: new AiSwitch() };
  const lab = { coimprove, trans: nullTranslator.load('jupyter_coimprove') } as unknown as ILab;
  render(
    <LabProvider value={lab}>
      <LiveExperiment row={waits} />
    </LabProvider>
  );
  act(() => stream.place([{ path: 'y.ipynb', root: '/r', notebook: 'y.ipynb' }]));
  expect(await screen.findByText(/^cells in common: 3 of 7 · for 1[2-9] s$/)).toBeTruthy();

  // The record tells of it: one more cell is executed.
  server.row = { ...waits, first: 'cells in common: 4 of 7' };
  const told = (type: string, id: string, state: string): RecordEvent => {
    const payload = { state, data: {}, actor: {}, at: '2026-01-01T00:00:00Z', trust: 'own' };
    return { root: '/r', seq: 1, type, id, v: 1, payload } as unknown as RecordEvent;
  };
  act(() => stream.tell(told('experiment.common', 'exp_1', 'running')));
  expect(await screen.findByText(/^cells in common: 4 of 7/)).toBeTruthy();

  // A run's own line is enough, before the experiment is read again.
  act(() => stream.tell(told('run.started', 'run_1', 'running')));
  await waitFor(() => expect(screen.queryByText(/cells in common/)).toBeNull());
});

test('a run that ended says what it had in common, what its fork took and what it did itself', () => {
  const grid = new RunGrid('exp_1');
  grid.fill({ ...waits, runs: [run('running')] } as unknown as ExperimentRow);
  const ended = (shared: object): GridRun => {
    const data = { seconds: 0.5, environment: { shared } };
    const payload = { state: 'completed', data, actor: {}, at: '', trust: 'own' };
    const event = { root: '/r', seq: 2, type: 'run.completed', id: 'run_1', v: 1, payload };
    expect(grid.apply(event as unknown as RecordEvent)).toBe(true);
    return grid.get('run_1')!;
  };
  const stream = new FakeStream();
  const lab = {
    coimprove: { api: { verbs: verbs(() => ({})), events: stream }, health: { writable: true } },
    trans: nullTranslator.load('jupyter_coimprove')
  } as unknown as ILab;
  const shown = (one: GridRun): JSX.Element => (
    <LabProvider value={lab}>
      <RunDetails run={one} grid={grid} root="/r" door={() => 'y.ipynb'} />
    </LabProvider>
  );
  const { rerender } = render(shown(ended({ cells: 7, seconds: 12.2, fork_s: 0.08, why: 'x' })));
  expect(
    screen.getByText('7 cells in common: 12 s, executed once · fork: 0.1 s · its own: 0.5 s')
  ).toBeTruthy();
  rerender(shown(ended({ cells: 0, seconds: 0, fork_s: 0, why: 'a repeat shares nothing' })));
  expect(screen.getByText('Executed whole: a repeat shares nothing')).toBeTruthy();
});
