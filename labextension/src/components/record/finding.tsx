import { useEffect, useState } from 'react';

import { type ApiError, asApiError, type FindingView } from '../../api';
import type { IExperiment } from '../../model';
import { Problem } from '../banner';
import { useLab, useSignals } from '../lab';
import { Markdown, visible } from '../markdown';
import { More } from '../more';
import { TrailButton } from './trailbutton';

/** So many runs are named at once. */
const CHIPS = 20;

/** A finding, shown whole once it is opened: what it says, and what it stands on. */
export function Finding({ row }: { row: IExperiment }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <li className="coai-Row">
      <details onToggle={event => setIsOpen(event.currentTarget.open)}>
        <summary>
          <span className="coai-Row-title">{visible(row.question || row.id)}</span>
          <span className="coai-Row-about">{visible(`${row.notebook} · ${row.finding}`)}</span>
        </summary>
        {isOpen && <Whole row={row} />}
      </details>
    </li>
  );
}

function Whole({ row }: { row: IExperiment }): JSX.Element {
  const { coimprove, commands, panel, trans } = useLab();
  const { findings, experiments } = coimprove.models;
  const place = [...coimprove.api.events.places.values()].find(one => one.root === row.root);
  const [shown, setShown] = useState<FindingView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [many, setMany] = useState(CHIPS);
  useSignals(findings.changed);
  const door = place?.path;
  useEffect(() => {
    let isCurrent = true;
    if (door !== undefined) {
      findings.get(row.finding, door).then(
        view => isCurrent && setShown(view),
        (error: unknown) => isCurrent && setProblem(asApiError(error))
      );
    }
    return () => {
      isCurrent = false;
    };
  });
  if (problem) {
    return <Problem problem={problem} />;
  }
  if (shown === null) {
    return <p className="coai-Muted">{trans.__('Reading…')}</p>;
  }
  const runs = [...new Set(shown.references.flatMap(one => asTexts(one['runs'])))];
  // Names in a record are below its root, and so is what Lab opens.
  const before = place ? place.path.slice(0, place.path.length - place.notebook.length) : '';
  return (
    <div className="coai-Details">
      <Markdown text={shown.claim} />
      <dl className="coai-Facts">
        <dt>{trans.__('State')}</dt>
        <dd>
          {visible(shown.state)}, {visible(shown.status)}
        </dd>
      </dl>
      <ul className="coai-Verdicts">
        {Object.entries(shown.verdicts).map(([arm, verdict]) => (
          <li key={arm}>
            {visible(arm)}: {visible(String(verdict))}
          </li>
        ))}
      </ul>
      {[...shown.deviations, ...shown.warnings].map(text => (
        <p key={text} className="coai-Warning">
          {visible(text)}
        </p>
      ))}
      <div className="coai-Things" role="group" aria-label={trans.__('Evidence')}>
        <button
          type="button"
          className="coai-Chip"
          onClick={() => {
            experiments.select(row.id);
            panel.open('experiments');
          }}
        >
          {trans.__('experiment %1', row.id.slice(0, 12))}
        </button>
        <TrailButton id={row.finding} root={row.root} path={row.path} className="coai-Chip" />
        {runs.slice(0, many).map(run => (
          <button
            key={run}
            type="button"
            className="coai-Chip"
            title={trans.__('Open the notebook of this run')}
            onClick={() =>
              void commands.execute('docmanager:open', {
                path: `${before}coimprove/runs/${run}/output.ipynb`
              })
            }
          >
            {trans.__('run %1', run.slice(-6))}
          </button>
        ))}
        <More left={runs.length - many} page={CHIPS} show={() => setMany(many + CHIPS)} />
      </div>
    </div>
  );
}

/** Ids of runs only: what becomes a path is never free text. */
function asTexts(found: unknown): string[] {
  return Array.isArray(found) ? found.map(String).filter(id => /^run_[0-9A-Z]{26}$/.test(id)) : [];
}
