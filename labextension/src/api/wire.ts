// Made by `python -m jupyter_coimprove.wire.typescript`; change that, not this.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

export const PROPOSAL_STATES = [
  'pending',
  'deferred',
  'stale',
  'orphaned',
  'accepted',
  'edited',
  'rejected',
  'undone',
  'superseded'
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

export const DECISIONS = ['accepted', 'edited', 'rejected', 'deferred', 'undone'] as const;
export type Decision = (typeof DECISIONS)[number];

export const APPLICATION_STATES = ['queued', 'claimed', 'applied', 'refused', 'reverted'] as const;
export type ApplicationState = (typeof APPLICATION_STATES)[number];

export const EXPERIMENT_STATES = [
  'draft',
  'registered',
  'running',
  'paused',
  'completed',
  'cancelled',
  'abandoned'
] as const;
export type ExperimentState = (typeof EXPERIMENT_STATES)[number];

export const RUN_STATES = [
  'queued',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'lost',
  'timed_out',
  'reused'
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const RUN_FINAL_STATES = [
  'cancelled',
  'completed',
  'failed',
  'reused',
  'timed_out'
] as const;
export type RunFinalState = (typeof RUN_FINAL_STATES)[number];

export const FAILURES = [
  'disk_full',
  'error',
  'exited',
  'isolation',
  'kernel_died',
  'lease_lost',
  'needs_input',
  'oom',
  'output_cap',
  'response_missing',
  'runner_lost',
  'timed_out',
  'worker_lost'
] as const;
export type Failure = (typeof FAILURES)[number];

export const EXPERIMENT_STATUSES = ['confirmatory', 'exploratory', 'post hoc'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

export const VERDICTS = ['better', 'worse', 'equivalent', 'undecided'] as const;
export type Verdict = (typeof VERDICTS)[number];

export const BLOCK_KINDS = ['split', 'folds', 'init', 'order', 'unknown', 'none'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

export const EVENT_KINDS = [
  'proposal',
  'decision',
  'application',
  'experiment',
  'run',
  'finding',
  'check',
  'card',
  'prediction',
  'lesson',
  'message',
  'position',
  'salt',
  'trust',
  'tombstone'
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const ACTOR_KINDS = ['person', 'ai', 'tool'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export const AUTHS = ['hub', 'password', 'token', 'os', 'kernel'] as const;
export type Auth = (typeof AUTHS)[number];

export const AI_POLICIES = ['user-choice', 'force-on', 'force-off'] as const;
export type AiPolicy = (typeof AI_POLICIES)[number];

export const OPTION_TYPES = ['str', 'int', 'float', 'flag', 'path', 'list'] as const;
export type OptionType = (typeof OPTION_TYPES)[number];

export const VERB_NAMES = [
  'candidates',
  'plan',
  'predict',
  'skill',
  'pilot',
  'run',
  'status',
  'pause',
  'resume',
  'cancel',
  'results',
  'compare',
  'import',
  'noise',
  'check',
  'replicate',
  'fix',
  'propose',
  'review',
  'show',
  'preview',
  'accept',
  'edit',
  'reject',
  'defer',
  'undo',
  'trail',
  'apply',
  'report',
  'share',
  'systems',
  'ship',
  'monitor',
  'ideas',
  'debate',
  'learn',
  'view',
  'tour',
  'values',
  'problem',
  'benchmark',
  'errors',
  'bench',
  'ask',
  'usage',
  'conversation',
  'reset',
  'model',
  'models',
  'mcp',
  'init',
  'verify',
  'gc',
  'uninstall-metadata',
  'merge-notebook',
  'doctor',
  'demo',
  'version'
] as const;
export type VerbName = (typeof VERB_NAMES)[number];

/** Ids begin with these, an underscore and a ULID. */
export const PREFIXES = {
  proposal: 'prp',
  decision: 'dec',
  application: 'app',
  experiment: 'exp',
  run: 'run',
  finding: 'fnd',
  check: 'chk',
  card: 'crd',
  prediction: 'prd',
  lesson: 'les',
  message: 'msg',
  position: 'pos'
} as const;

/** Who did it, and how the record knows. */
export type Actor = {
  kind: ActorKind;
  id: string;
  display: string;
  auth: Auth;
};

/** What every route answers when it refuses: `{error}`. */
export type WireError = {
  code: string;
  message: string;
  remedy: string;
};

/** A line of the record, told to every window that follows the project. */
export type RecordEvent = {
  root: string;
  seq: number;
  type: `${EventKind}.${string}`;
  id: string;
  v: number;
  payload: {
    state: string;
    data: JsonObject;
    actor: Actor;
    at: string;
    trust: 'own' | 'imported';
  };
};

/** How far a request is; `request` is the name that it was given. */
export type ProgressEvent = {
  type: 'progress';
  request: string;
  text: string;
  done: number;
  total: number;
  left_s: number | null;
};

/** Words of an answer as they come; `request` is the name that the question was given. */
export type AnswerEvent = {
  type: 'answer.delta';
  request: string;
  text: string;
};

/** What a window is told that said something wrong, or whose project cannot be read. */
export type ErrorEvent = {
  type: 'error';
  error: WireError;
  root?: string;
};

/** The answer to `present`: what the record calls the notebooks that a window has open. */
export type PresentEvent = {
  type: 'present';
  notebooks: PresentRow[];
};

/** `notebook` is empty and `error` says why where the path is no notebook here. */
export type PresentRow = {
  path: string;
  root: string;
  notebook: string;
  error?: WireError;
};

/** The answer of `GET settings`. With `user-choice` the person's own switch counts. */
export type ServerSettings = {
  ai_policy: AiPolicy;
};

/** The answer to `follow`: from here on every line is told, those after `after` first. */
export type FollowingEvent = {
  type: 'following';
  root: string;
  after: number;
};

/** All that comes by the WebSocket. */
export type WindowEvent =
  | RecordEvent
  | ProgressEvent
  | AnswerEvent
  | ErrorEvent
  | PresentEvent
  | FollowingEvent;

/** All that a window says there; with `batch` several events may come as one array. */
export type WindowSays =
  | { follow: string; after: number | null; batch?: boolean }
  | { op: 'present'; window: string; paths: string[] };

/** An argument of a verb; what is left out is false or empty. */
export type VerbOption = {
  name: string;
  help: string;
  type: OptionType;
  required?: boolean;
  positional?: boolean;
  choices?: readonly string[];
  completes?: string;
};

/** A verb, as `GET verbs` tells it: for palettes and completion, which do not need it at once. */
export type Verb = {
  help: string;
  group: string;
  decides: boolean;
  long: boolean;
  options: readonly VerbOption[];
};

/** Verb -> what it is and takes. */
export type VerbTable = { readonly [verb: string]: Verb };

/**
 * What an activity found out. `number` is its place among the twelve; `cards` wait for a decision.
 *
 * `unseen` is what could not be looked at and why, `adds` what a model would add (empty where one
 * answered: then `words` are its own, written by `model`), `files` what was written, by path.
 */
export type ActivityView = {
  view: 'ActivityView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  activity: string;
  number: number;
  title: string;
  notebook: string;
  sections: SectionRow[];
  cards: CardRow[];
  unseen: string[];
  files: string[];
  adds: string;
  words: string;
  model: string;
};

/** Where a cell is: its id where the notebook has ids, else ordinal (from 0) and digests around it. */
export type AddressRow = {
  id: string | null;
  ordinal: number;
  digest: string;
  before: string;
  after: string;
};

/**
 * An edit that was decided on and waits for its notebook.
 *
 * `path` is where the notebook lies now (empty: gone, and `remedy` says what can be done).
 * `undoes` is the decision that is taken back: its cells carry it in their metadata; `of` is the
 * application that carried it out. `metadata` goes under `coimprove` in the metadata of inserted
 * and replaced cells. `by` and `window` say who holds the claim.
 */
export type ApplicationRow = {
  id: string;
  subject: string;
  decision: string;
  notebook: string;
  state: 'queued' | 'claimed' | 'applied' | 'refused' | 'reverted';
  edits: EditRow[];
  metadata: JsonObject;
  by: string;
  window: string;
  undoes: string;
  of: string;
  path: string;
  why: string;
  remedy: string;
};

/** Edits that were decided on and wait for their notebooks, oldest first. */
export type ApplicationsView = {
  view: 'ApplicationsView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  applications: ApplicationRow[];
};

export type ArmResult = {
  arm: string;
  mean: number | null;
  sd: number | null;
  completed: number;
  planned: number;
  failures: { [key: string]: number };
  failure_bound: number | null;
};

export type ArmRow = {
  name: string;
  settings: { [key: string]: string };
  diff: string;
  role: string;
  against: string;
  key: string;
};

/**
 * What is said to free text: `text` is Markdown of `provider`; `sent` is what left this computer.
 *
 * `stop` says how the answer ended; only one that is `complete` has `proposals` (ids of the record).
 * `asked` is what the model wants to know of the person. `recorded` is when it was given first, where
 * the same was asked before and nothing was sent now; `request` is exactly what would be sent.
 * `numbers` are those of the text that state something about the notebook.
 */
export type AskView = {
  view: 'AskView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  text: string;
  commands: string[];
  provider: string;
  sent: string;
  id: string;
  stop: string;
  proposals: string[];
  asked: string;
  options: string[];
  usage: { [key: string]: number };
  cost: number | null;
  recorded: string;
  request: JsonObject | null;
  numbers: StatedRow[];
};

export type CandidateRow = {
  name: string;
  kind: string;
  value: string;
  levels: string[];
  cells: number[];
  reaches: number[];
  label: string;
  files: string[];
  operator: string;
  where: string[];
};

/** Cells are numbered from 1, as people count. */
export type CandidatesView = {
  view: 'CandidatesView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  notebook: string;
  kernel: string | null;
  candidates: CandidateRow[];
  seeds: CandidateRow[];
  measured: MeasureRow[];
  splits: string[];
  hidden: number;
};

/**
 * What came out and waits for a decision (activities/activity.py). `id` is empty where nothing can be kept.
 *
 * `used` are ids of the record it rests on; `author` is who made it.
 */
export type CardRow = {
  id: string;
  state: string;
  kind: string;
  title: string;
  goal: string;
  evidence: string[];
  known: string[];
  untried: string[];
  weight: number;
  cells: number[];
  used: string[];
  next: string[];
  author: string;
  author_kind: string;
  data: JsonObject;
};

/** A cell of two runs: its source in both, the diff, and what each took and put out (text). */
export type CellPairRow = {
  cell: number;
  left: string | null;
  right: string | null;
  diff: string;
  left_seconds: number | null;
  right_seconds: number | null;
  left_output: string;
  right_output: string;
  same: boolean;
};

/**
 * One change of a proposal: `insert` after `cell`, `replace` its source, or `delete` it.
 *
 * `cell` counts from 1; 0 is the top. `diff` is a unified diff against `was`, empty for a new
 * cell; bidirectional and control characters are spelled out in it.
 */
export type ChangeRow = {
  kind: 'insert' | 'replace' | 'delete';
  cell: number;
  cell_kind: 'code' | 'markdown' | 'raw';
  source: string;
  was: string;
  diff: string;
};

export type CheckRow = {
  name: string;
  ok: boolean;
  text: string;
  remedy: string;
};

/**
 * What the checks of a notebook find; `judged` are those a person called no problem.
 *
 * `whole` is false where the notebook was too long to be read to its end. Of a probe, `seen` is what
 * was tried and came out, `unseen` what could not be tried and why, `experiment` has its runs.
 */
export type CheckView = {
  view: 'CheckView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  notebook: string;
  findings: FlawRow[];
  judged: number;
  whole: boolean;
  seen: string[];
  unseen: string[];
  experiment: string;
};

/** A list of checks: of the journal, of this machine, or of what was removed. */
export type ChecksView = {
  view: 'ChecksView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  ok: boolean;
  checks: CheckRow[];
};

/** An arm beside the comparison, and what it says; `alarm` where that is something to worry about. */
export type ControlRow = {
  arm: string;
  role: string;
  text: string;
  alarm: boolean;
};

export type CostRow = {
  runs: number;
  run_seconds: number | null;
  total_seconds: number | null;
  workers: number;
  basis: string;
  disk_mb: number | null;
};

/** What was decided, and whether it stands in the notebook already. */
export type DecisionView = {
  view: 'DecisionView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  subject: string;
  verb: string;
  state: string;
  application: 'none' | 'applied' | 'queued' | 'reverted' | 'refused';
  notebook: string;
  experiment: string;
};

export type DemoView = {
  view: 'DemoView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  notebook: string;
  report: string;
  experiment: string;
  finding: string;
  claim: string;
  seconds: number;
};

/**
 * One change to the notebook: `insert` after `address` (null: at the top), `replace`, `delete`.
 *
 * `base` is the digest of the source that it stands on, `was` that source where it is known;
 * `cell_id` is the id that an inserted cell gets, the same however often it is tried. `cell` is of
 * an edit that takes another back: what else of the cell as it was before (metadata, outputs) comes back.
 */
export type EditRow = {
  kind: 'insert' | 'replace' | 'delete';
  address: AddressRow | null;
  cell_kind: 'code' | 'markdown' | 'raw';
  source: string;
  base: string;
  was: string;
  cell_id: string;
  cell: JsonObject;
};

export type EffectRow = {
  arm: string;
  verdict: string;
  estimate: number | null;
  low: number | null;
  high: number | null;
  level: number;
  p: number | null;
  p_adjusted: number | null;
  n: number;
  planned: number;
  method: string;
  hypothesis: string;
  needed: number | null;
  better: [number, number];
  p_better: [number, number] | null;
  equivalence: [number, number] | null;
  items: JsonObject | null;
  notes: string[];
  correlation: number | null;
  pairing: string;
};

export type ExperimentRow = {
  id: string;
  state: string;
  question: string;
  notebook: string;
  counts: { [key: string]: number };
  total: number;
  left_s: number | null;
  alive: boolean;
  finding: string;
  runs: RunRow[];
  waiting: string;
  first: string;
  first_since: string;
  arms: string[];
  planned: PlannedRow[];
};

/**
 * An entry of plan.toml for a form: `edit --set KEY=VALUE` changes it, with VALUE in JSON.
 *
 * `value` is its JSON value, null where it is not given; `optional` ones are taken out by no VALUE.
 */
export type FieldRow = {
  key: string;
  value: Json;
  type: 'text' | 'integer' | 'number' | 'flag' | 'choice' | 'list';
  help: string;
  choices: string[];
  unit: string;
  optional: boolean;
  group: string;
};

export type FindingView = {
  view: 'FindingView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  state: string;
  experiment: string;
  notebook: string;
  claim: string;
  markdown: string;
  verdicts: { [key: string]: string };
  references: JsonObject[];
  deviations: string[];
  status: string;
  digest: string;
};

/**
 * Cells and lines count from 1; `line` is 0 where it is not known.
 *
 * `cause` are words of rules, empty where none fits. `repair` says what `proposals` (ids of the
 * record) change, or which cells (`run`) are to be run first; `diff` is the change, `caution` what of the
 * meaning may change with it. `verified` is `not tried`, `works` or `fails`; `tried` says what came of it.
 * `live` says that the running kernel told of its variables. `words` are what `model` says over all that; what
 * it proposes stands last among `proposals`.
 */
export type FixView = {
  view: 'FixView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  notebook: string;
  cell: number;
  line: number;
  error: string;
  cause: string;
  rule: string;
  repair: string;
  caution: string;
  run: number[];
  diff: string;
  proposals: string[];
  verified: string;
  tried: string;
  live: boolean;
  words: string;
  model: string;
};

/**
 * A finding of a check. Cells count from 1 (0: `file`, beside the notebook); `diff` may be empty.
 *
 * `experiment` has the runs that showed it; empty where it is read from the code.
 */
export type FlawRow = {
  id: string;
  state: string;
  kind: string;
  title: string;
  cell: number;
  line: number;
  file: string;
  evidence: string;
  why: string;
  fix: string;
  diff: string;
  confidence: string;
  trail: PlaceRow[];
  experiment: string;
};

/** One forecaster's ranking beside the others'; `tau` and pairs where runs have shown the order. */
export type ForecastRow = {
  by: string;
  kind: string;
  ranking: string[];
  tau: number | null;
  agreeing: number;
  pairs: number;
};

/** What happened to a thing on its way: it was decided on, it ran, or runs spoke; `gone` is what was taken back. */
export type MarkRow = {
  kind: 'decision' | 'runs' | 'evidence';
  text: string;
  gone: boolean;
};

export type MeasureRow = {
  name: string;
  how: string;
  expr: string;
  cell: number;
  direction: string;
  last: number | null;
  reduction: string;
  source: string;
};

export type NoiseView = {
  view: 'NoiseView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  source: string;
  response: string;
  n: number;
  mean: number | null;
  sd: number | null;
  sd_upper: number | null;
  blocks: number;
  visible: number | null;
  claims: JsonObject[];
  values: number[];
  experiment: string;
  notes: string[];
};

/** A parameter or metric of two runs; null where one of them has it not. */
export type PairRow = {
  name: string;
  left: string | null;
  right: string | null;
  same: boolean;
};

/** Two runs beside each other: parameters, metrics, and cell by cell. */
export type PairView = {
  view: 'PairView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  left: RunRow;
  right: RunRow;
  parameters: PairRow[];
  metrics: PairRow[];
  cells: CellPairRow[];
};

/**
 * A blinded pilot: its spread and cost, nothing of the response's level or of an effect.
 *
 * `when` says whether it came before or after the prediction.
 */
export type PilotRow = {
  experiment: string;
  runs: number;
  sd: number | null;
  sd_upper: number | null;
  run_seconds: number | null;
  when: string;
};

/** A place in the code: cell from 1 (0: `file`, beside the notebook), line from 1, its text. */
export type PlaceRow = {
  cell: number;
  line: number;
  file: string;
  text: string;
};

export type PlanView = {
  view: 'PlanView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  state: string;
  status: string;
  notebook: string;
  question: string;
  design: string;
  response: string;
  direction: string;
  arms: ArmRow[];
  blocks: number;
  block_kind: string;
  seeds: string[];
  seeding_cell: boolean;
  chance: string[];
  uncontrolled: string[];
  repeats_baseline: boolean;
  smallest_effect: number | null;
  margin: number | null;
  multiplicity: string;
  sequence: string[];
  hypothesis: string | null;
  power: PowerRow;
  cost: CostRow;
  plan_file: string;
  digest: string;
  stopping: string;
  prediction: string[];
  foretold_by: string[];
  forecasts: ForecastRow[];
  aliases: string[];
  test: string;
  also: string[];
  pilot: PilotRow | null;
  rationale: string;
  provider: string;
  source: string;
  reduction: string;
  items: string | null;
  fields: FieldRow[];
};

/** A run that is wanted and has not been queued yet. */
export type PlannedRow = {
  arm: string;
  block: number;
  replicate: number;
};

/**
 * Chance to decide the smallest effect at the planned blocks; `needed` blocks for 80 %.
 *
 * `least` are the fewest blocks that can reach a verdict at all; `never` says why no number of
 * blocks would do; `equivalence` says the same of the margin. `expected_blocks` is what a
 * sequential design takes on average for it, `fixed_blocks` what a fixed number would be for the same chance.
 */
export type PowerRow = {
  power: number | null;
  needed: number | null;
  reachable: boolean;
  basis: string;
  curve: [number, number][];
  expected_blocks: number | null;
  fixed_blocks: number | null;
  never: string;
  least: number;
  equivalence: string;
};

/**
 * A preview as it is kept with its proposal, of exactly `digest`.
 *
 * `state` is `ran` or `off` (nothing was run, `why` says the reason); `ended` completed, error,
 * timed_out, killed or cancelled. `seconds` are those from the request to the result, in the kernel.
 */
export type PreviewRow = {
  decision: string;
  digest: string;
  by: string;
  at: string;
  state: string;
  ended: string;
  why: string;
  seconds: number;
  cells: PreviewedCell[];
  notes: string[];
};

/** `request` is for the kernel that asked, which runs it and then says what came of it; empty once it has. */
export type PreviewView = {
  view: 'PreviewView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  state: string;
  title: string;
  notebook: string;
  digest: string;
  decision: string;
  preview: PreviewRow | null;
  request: JsonObject | null;
};

/** One cell's outputs as in nbformat; `ended` is ok, error or stopped (it had not ended). */
export type PreviewedCell = {
  source: string;
  ended: string;
  outputs: JsonObject[];
};

/**
 * Changes to the cells of a notebook that somebody proposes; nothing of it stands there yet.
 *
 * `alone` says that it mentions this tool or its record, so that it is never accepted together
 * with others.
 */
export type ProposalView = {
  view: 'ProposalView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  state: string;
  trust: string;
  notebook: string;
  title: string;
  author: string;
  author_kind: string;
  model: string;
  why: string;
  expected: string;
  digest: string;
  language: string;
  changes: ChangeRow[];
  alone: boolean;
  preview: PreviewRow | null;
};

export type ReportView = {
  view: 'ReportView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  path: string;
  format: string;
  findings: number;
  registered: number;
};

/** `chart` is a Vega-Lite specification; `text` the whole in words. */
export type ResultsView = {
  view: 'ResultsView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  experiment: string;
  status: string;
  response: string;
  direction: string;
  baseline: string;
  effects: EffectRow[];
  arms: ArmResult[];
  interactions: JsonObject[];
  over_tasks: JsonObject[];
  controls: ControlRow[];
  secondary: JsonObject[];
  smallest_effect: number | null;
  margin: number | null;
  points: JsonObject[];
  residual: number | null;
  residual_share: number | null;
  uncontrolled: string[];
  notes: string[];
  deviations: string[];
  finding: string;
  finding_state: string;
  claim: string;
  chart: JsonObject | null;
  prediction: string;
  forecasts: ForecastRow[];
  plot_file: string;
};

/** Something that waits for a decision. */
export type ReviewRow = {
  id: string;
  kind: string;
  state: string;
  notebook: string;
  title: string;
  changed: string;
  trust: string;
  author: string;
  author_kind: string;
  why: string;
  cell: number;
  cell_id: string;
  alone: boolean;
};

export type ReviewView = {
  view: 'ReviewView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  items: ReviewRow[];
};

export type RunRow = {
  id: string;
  arm: string;
  block: number;
  replicate: number;
  state: string;
  reason: string;
  seconds: number | null;
  response: string;
  artifact: string;
  cell_seconds: number[];
  slowest: number;
  since: string;
  shared: SharedRow | null;
};

/** One part: sentences, names with what they are, a table (rows as long as `columns`), code, items as shown. */
export type SectionRow = {
  title: string;
  lines: string[];
  facts: [string, string][];
  columns: string[];
  rows: ((string | number | null)[])[];
  code: string;
  language: string;
  shown: ShownRow[];
};

/**
 * What a run had in common with others: `cells` that took `seconds` once, and `fork_s` to go on from
 * there; `why` no more are shared.
 */
export type SharedRow = {
  cells: number;
  seconds: number;
  fork_s: number;
  why: string;
};

/** Anything by id that has no view of its own; `text` is for people, `data` as recorded. */
export type ShowView = {
  view: 'ShowView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  kind: string;
  state: string;
  trust: string;
  text: string;
  data: JsonObject;
};

/**
 * An item as the notebook's own code shows it. `title` says which and what of it, `way` is the expression, of
 * `cell` (from 1); `data` is the output by kind (images as base64), `file` where it was written.
 */
export type ShownRow = {
  item: number;
  title: string;
  way: string;
  cell: number;
  data: { [key: string]: string };
  file: string;
};

/** Forecasters by how their predictions did; `base_rate` is the share of effects that were better. */
export type SkillView = {
  view: 'SkillView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  base_rate: number | null;
  effects: number;
  forecasters: JsonObject[];
  shared: JsonObject[];
};

/** One number of an answer, at `[start, end)` of its text: what backs it, or what is nearest to it. */
export type StatedRow = {
  text: string;
  start: number;
  end: number;
  backed: boolean;
  why: string;
};

export type StatusView = {
  view: 'StatusView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  experiments: ExperimentRow[];
};

/**
 * A thing on the way that led here (`distance` below 0) or from here on (above); 0 is the one asked about.
 *
 * `by` is the id of the neighbour through which it was reached. Drawn as a tree it stands below `after`
 * (empty: it begins one), and rests on the steps `also` besides. `gone` stands no more.
 */
export type StepRow = {
  id: string;
  kind: string;
  state: string;
  title: string;
  distance: number;
  by: string;
  after: string;
  also: string[];
  gone: boolean;
  marks: MarkRow[];
  opens: 'experiment' | 'inbox' | 'notebook' | 'file' | '';
  target: string;
  cell: number;
  cell_id: string;
};

/**
 * A cell three ways: what the proposal stands on, what it proposes, what the notebook says now.
 *
 * `base` and `now` are null where they are not known or the cell is gone. `cell` counts from 1;
 * 0: it is gone, or is to be at the top.
 */
export type ThreeTexts = {
  kind: 'insert' | 'replace' | 'delete';
  cell: number;
  base: string | null;
  proposed: string;
  now: string | null;
  stale: boolean;
};

/** What was proposed against what its cell was and what it is now. */
export type ThreeWayView = {
  view: 'ThreeWayView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  id: string;
  state: string;
  notebook: string;
  texts: ThreeTexts[];
};

/** A decision: `by` whom (`kind` of actor, known by `auth`) on what, and why. */
export type TrailRow = {
  id: string;
  subject: string;
  verb: string;
  reason: string;
  by: string;
  kind: string;
  auth: string;
  at: string;
  trust: string;
  bulk: boolean;
  title: string;
};

/** The history of decisions, newest first; of one thing also the way that led to it and what came of it. */
export type TrailView = {
  view: 'TrailView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  decisions: TrailRow[];
  way: StepRow[];
};

/** What was used on one day of one model, in tokens; `cost` is None without a price. */
export type UsageRow = {
  day: string;
  provider: string;
  model: string;
  questions: number;
  requests: number;
  input: number;
  output: number;
  cache_read: number;
  cache_write: number;
  tokens: number;
  cost: number | null;
};

/** Tokens and money by day and model, and the budgets that hold. */
export type UsageView = {
  view: 'UsageView';
  v: 1;
  summary: string;
  next: string[];
  warnings: string[];
  exit_code: number;
  rows: UsageRow[];
  today_tokens: number;
  today_cost: number | null;
  budgets: string[];
};

/** What each verb answers with. */
export type Answers = {
  candidates: CandidatesView;
  plan: PlanView;
  predict: PlanView;
  skill: SkillView;
  pilot: PlanView;
  run: StatusView;
  status: StatusView;
  pause: StatusView;
  resume: StatusView;
  cancel: StatusView;
  results: ResultsView;
  compare: ResultsView;
  import: ResultsView;
  noise: NoiseView;
  check: CheckView;
  replicate: PlanView;
  fix: FixView;
  propose: ProposalView;
  review: ReviewView;
  show:
    | ActivityView
    | ApplicationsView
    | AskView
    | CandidatesView
    | CheckView
    | ChecksView
    | DecisionView
    | DemoView
    | FindingView
    | FixView
    | NoiseView
    | PairView
    | PlanView
    | PreviewView
    | ProposalView
    | ReportView
    | ResultsView
    | ReviewView
    | ShowView
    | SkillView
    | StatusView
    | ThreeWayView
    | TrailView
    | UsageView;
  preview: PreviewView;
  accept:
    | ActivityView
    | ApplicationsView
    | AskView
    | CandidatesView
    | CheckView
    | ChecksView
    | DecisionView
    | DemoView
    | FindingView
    | FixView
    | NoiseView
    | PairView
    | PlanView
    | PreviewView
    | ProposalView
    | ReportView
    | ResultsView
    | ReviewView
    | ShowView
    | SkillView
    | StatusView
    | ThreeWayView
    | TrailView
    | UsageView;
  edit:
    | ActivityView
    | ApplicationsView
    | AskView
    | CandidatesView
    | CheckView
    | ChecksView
    | DecisionView
    | DemoView
    | FindingView
    | FixView
    | NoiseView
    | PairView
    | PlanView
    | PreviewView
    | ProposalView
    | ReportView
    | ResultsView
    | ReviewView
    | ShowView
    | SkillView
    | StatusView
    | ThreeWayView
    | TrailView
    | UsageView;
  reject: DecisionView;
  defer: DecisionView;
  undo: DecisionView;
  trail: TrailView;
  apply: ChecksView;
  report: ReportView;
  share: ActivityView;
  systems: ActivityView;
  ship: ActivityView;
  monitor: ActivityView;
  ideas: ActivityView;
  debate: ActivityView;
  learn: ActivityView;
  view: DecisionView;
  tour: ActivityView;
  values: ActivityView;
  problem: ActivityView;
  benchmark: ActivityView;
  errors: ActivityView;
  bench: ActivityView;
  ask: AskView;
  usage: UsageView;
  conversation: ShowView;
  reset: ChecksView;
  model: ChecksView;
  models: ChecksView;
  mcp: ChecksView;
  init: ChecksView;
  verify: ChecksView;
  gc: ChecksView;
  'uninstall-metadata': ChecksView;
  'merge-notebook': ChecksView;
  doctor: ChecksView;
  demo: DemoView;
  version: ChecksView;
};

/** What each verb takes. */
export type Arguments = {
  candidates: {
    notebook: string;
    all?: boolean;
  };
  plan: {
    notebook: string;
    factor?: string[];
    drop?: string[];
    question?: string;
    because?: string;
    design?:
      | 'one-at-a-time'
      | 'leave-one-out'
      | 'add-one-in'
      | 'both'
      | 'full-factorial'
      | 'fractional-factorial';
    resolution?: 'IV' | 'V';
    blocks?: number;
    sequential?: boolean;
    response?: string;
    direction?: 'max' | 'min';
    reduction?: string;
    items?: string;
    clusters?: string;
    also_response?: string[];
    secondary?: 'descriptive' | 'holm';
    smallest_effect?: number;
    margin?: number;
    multiplicity?: 'holm' | 'fixed-sequence' | 'primary';
    test?: 'paired t' | 'sign-flip';
    primary?: string;
    hypothesis?: string;
    seeds?: string;
    no_seeding?: boolean;
    block_numbers?: string;
    exploratory?: boolean;
    reuse?: boolean;
    repeat?: boolean;
    reseed?: boolean;
    dummy?: boolean;
    pilot?: number;
    run_seconds?: number;
    keep_mb?: number;
    disk_mb?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  predict: {
    experiment: string;
    ranking: string;
    chance?: string[];
    quantiles?: string[];
    digest?: string;
  };
  skill: {
    notebook?: string;
  };
  pilot: {
    experiment: string;
    blocks?: number;
    workers?: number;
  };
  run: {
    experiment: string;
    workers?: number;
    gpu_slots?: number;
    wait?: boolean;
    detach?: boolean;
    engine?: 'papermill' | 'shared' | 'dask';
    verify?: number;
    cluster?: string;
    cluster_tls?: string;
    despite?: string;
  };
  status: {
    experiment?: string;
    follow?: boolean;
  };
  pause: {
    experiment: string;
  };
  resume: {
    experiment: string;
    workers?: number;
    gpu_slots?: number;
    wait?: boolean;
    detach?: boolean;
    order?: string;
    cluster?: string;
    cluster_tls?: string;
  };
  cancel: {
    target: string;
    arm?: string;
    reason?: string;
  };
  results: {
    experiment: string;
    peek?: boolean;
    plot?: string;
  };
  compare: {
    table: string;
    baseline?: string;
    treatment?: string;
    block?: string;
    block_kind?: 'split' | 'folds' | 'init' | 'order' | 'unknown';
    split_ratio?: number;
    response?: string;
    direction?: 'max' | 'min';
    reduction?: string;
    part?: string;
    margin?: number;
    task?: string;
    multiplicity?: 'holm' | 'fixed-sequence' | 'primary';
    plot?: string;
  };
  import: {
    source: string;
    notebook?: string;
    baseline?: string;
    treatment?: string;
    block?: string;
    block_kind?: 'split' | 'folds' | 'init' | 'order' | 'unknown';
    split_ratio?: number;
    response?: string;
    direction?: 'max' | 'min';
    reduction?: string;
    part?: string;
    margin?: number;
    question?: string;
  };
  noise: {
    source: string;
    blocks?: number;
    response?: string;
    direction?: 'max' | 'min';
    reduction?: string;
    claim?: string[];
    treatment?: string;
    block?: string;
    baseline?: string;
    split_ratio?: number;
    kernel?: string;
    workers?: number;
  };
  check: {
    notebook: string;
    probe?: boolean;
    response?: string;
    direction?: 'max' | 'min';
    seconds?: number;
    kernel?: string;
    workers?: number;
    all?: boolean;
    ok?: string;
    reason?: string;
  };
  replicate: {
    finding: string;
    blocks?: number;
  };
  fix: {
    notebook?: string;
    cell?: string;
    verify?: boolean;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  propose: {
    notebook: string;
    file?: string;
    edits?: string;
    why?: string;
    expected?: string;
    supersedes?: string;
  };
  review: {
    notebook?: string;
  };
  show: {
    id: string;
    other?: string;
    three_way?: boolean;
  };
  preview: {
    id: string;
    seconds?: number;
    digest?: string;
  };
  accept: {
    id: string;
    reason?: string;
    run?: boolean;
    workers?: number;
    wait?: boolean;
    digest?: string;
    unbacked?: boolean;
    bulk?: boolean;
    despite?: string;
  };
  edit: {
    id: string;
    text?: string;
    file?: string;
    set?: string[];
    digest?: string;
    reason?: string;
    unbacked?: boolean;
    despite?: string;
  };
  reject: {
    id: string;
    reason?: string;
    bulk?: boolean;
  };
  defer: {
    id: string;
    reason?: string;
    bulk?: boolean;
  };
  undo: {
    id: string;
    reason?: string;
  };
  trail: {
    subject?: string;
    last?: number;
  };
  apply: {
    notebook?: string;
  };
  report: {
    notebook?: string;
    format?: 'md' | 'html' | 'ipynb' | 'tex' | 'pdf';
    output?: string;
    title?: string;
  };
  share: {
    notebook: string;
    output?: string;
    withhold?: string[];
    max_mb?: number;
    licence?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  systems: {
    notebook: string;
    rerun?: boolean;
    speed?: boolean;
    lock?: string;
    pairs?: number;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  ship: {
    source: string;
    response?: string;
    direction?: 'max' | 'min';
    reduction?: string;
    arm?: string;
    name?: string;
    output?: string;
    job?: boolean;
    dry_run?: boolean;
    no_verify?: boolean;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  monitor: {
    folder: string;
    data?: string;
    metrics?: string;
    frame?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  ideas: {
    notebook: string;
    prefer?: string;
    over?: string;
    tie?: boolean;
    add?: string;
    most?: number;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  debate: {
    debate?: string;
    open?: string;
    option?: string[];
    claim?: string[];
    about?: string[];
    notebook?: string;
    choose?: string;
    stand?: string[];
    because?: string;
    cite?: string[];
    action?: string;
    hold?: boolean;
    role?: string[];
    reveal?: boolean;
    close?: boolean;
    settle?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  learn: {
    notebook?: string;
    since?: string;
    table?: boolean;
    add?: string;
    export?: string;
    format?: 'sft' | 'kto' | 'dpo';
    licence?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  view: {
    id: string;
    said: 'yes' | 'no';
  };
  tour: {
    notebook?: string;
  };
  values: {
    notebook?: string;
    init?: boolean;
    red_team?: boolean;
    amend?: string;
    why?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  problem: {
    notebook: string;
    run?: boolean;
    add?: string;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  benchmark: {
    notebook: string;
    goal?: string;
    matters?: number;
    must?: string[];
    run?: boolean;
    probe?: boolean;
    metrics?: boolean;
    truth?: string;
    predicted?: string;
    features?: string;
    response?: string;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  errors: {
    notebook: string;
    truth?: string;
    predicted?: string;
    features?: string;
    loss?: string;
    slices?: number;
    tag?: string[];
    experiment?: string;
    arm?: string;
    seconds?: number;
    kernel?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
  };
  bench: {
    arm?: string[];
    family?: string[];
    draws?: number;
    whole?: boolean;
    salt?: string;
    team?: boolean;
    answers?: string;
    output?: string;
    families?: boolean;
    change?: string;
    settle?: string;
    model?: string;
  };
  ask: {
    text: string;
    notebook?: string;
    provider?: 'builtin' | 'anthropic' | 'local';
    model?: string;
    cells?: string;
    vars?: string;
    preview?: string;
    no_context?: boolean;
    show_request?: boolean;
    fresh?: boolean;
    instead_of?: string;
  };
  usage: {
    notebook?: string;
  };
  conversation: {
    notebook?: string;
    output?: string;
    branch?: string;
  };
  reset: {
    notebook?: string;
  };
  model: {
    action: 'fetch';
  };
  models: {
    provider?: 'builtin' | 'anthropic' | 'local';
  };
  mcp: {
    target?: string;
  };
  init: {
    folder?: string;
  };
  verify: {
    bundle?: string;
    rerun?: boolean;
    runs?: number;
    workers?: number;
  };
  gc: {
    keep?: number;
    max_gb?: number;
    yes?: boolean;
  };
  'uninstall-metadata': {
    notebook: string;
  };
  'merge-notebook': {
    base?: string;
    ours?: string;
    theirs?: string;
    name?: string;
    setup?: boolean;
  };
  doctor: Record<string, never>;
  demo: {
    folder?: string;
    blocks?: number;
    workers?: number;
  };
  version: Record<string, never>;
};
