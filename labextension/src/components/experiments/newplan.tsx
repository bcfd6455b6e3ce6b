import { PathExt } from '@jupyterlab/coreutils';
import { useEffect, useRef, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { Arguments, CandidatesView } from '../../api';
import { Problem } from '../banner';
import { useLab } from '../lab';
import { Asking, useAsking } from './asking';

interface IChoice {
  readonly isChosen: boolean;
  readonly levels: string;
}

/** From a notebook to a plan: what could be varied and what is measured, to pick from. */
export function NewPlan({ path, close }: { path: string; close: () => void }): JSX.Element {
  const { coimprove, trans } = useLab();
  const notebook = PathExt.basename(path);
  const [found, setFound] = useState<CandidatesView | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [isAll, setIsAll] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    let isCurrent = true;
    coimprove.api.verbs
      .call('candidates', { notebook, ...(isAll ? { all: true } : {}) }, path)
      .then(
        view => isCurrent && (setFound(view), setProblem(null)),
        (error: unknown) => isCurrent && setProblem(asApiError(error))
      );
    return () => {
      isCurrent = false;
    };
  }, [coimprove, path, notebook, attempt, isAll]);
  return (
    <section className="coai-Page" aria-labelledby="coai-newplan-title">
      <div className="coai-Page-head">
        <button type="button" className="coai-Link" onClick={close}>
          {trans.__('‹ All experiments')}
        </button>
        <h2 ref={heading} tabIndex={-1} id="coai-newplan-title" className="coai-Page-title">
          {trans.__('New plan from %1', notebook)}
        </h2>
      </div>
      {problem && <Problem problem={problem} retry={() => setAttempt(attempt + 1)} />}
      {!found && !problem && <p className="coai-Empty">{trans.__('Reading the notebook…')}</p>}
      {found && (
        <Choices found={found} path={path} notebook={notebook} showAll={() => setIsAll(true)} />
      )}
    </section>
  );
}

function Choices({
  found,
  path,
  notebook,
  showAll
}: {
  found: CandidatesView;
  path: string;
  notebook: string;
  showAll: () => void;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const [choices, setChoices] = useState<ReadonlyMap<string, IChoice>>(new Map());
  const [response, setResponse] = useState(found.measured[0]?.name ?? '');
  const [question, setQuestion] = useState('');
  const asking = useAsking();
  const choiceOf = (name: string, levels: readonly string[]): IChoice =>
    choices.get(name) ?? { isChosen: false, levels: levels.join(',') };
  const put = (name: string, choice: IChoice): void =>
    setChoices(new Map(choices).set(name, choice));

  const plan = async (): Promise<void> => {
    const chosen = found.candidates.filter(row => choices.get(row.name)?.isChosen);
    const factor = chosen
      .filter(row => row.operator === 'set')
      .map(row => `${row.name}=${choiceOf(row.name, row.levels).levels}`);
    const drop = chosen.filter(row => row.operator !== 'set').map(row => row.name);
    const args: Arguments['plan'] = {
      notebook,
      ...(factor.length ? { factor } : {}),
      ...(drop.length ? { drop } : {}),
      ...(response ? { response } : {}),
      ...(question.trim() ? { question: question.trim() } : {})
    };
    const view = await asking.ask('plan', args, path, trans.__('Planning'));
    if (view !== null) {
      const root = coimprove.api.events.places.get(path)?.root;
      await coimprove.models.experiments.refresh(root);
      coimprove.models.experiments.select(view.id);
    }
  };

  return (
    <form
      className="coai-PlanForm"
      onSubmit={event => {
        event.preventDefault();
        void plan();
      }}
    >
      <label className="coai-Field">
        <span className="coai-Field-label">{trans.__('Question')}</span>
        <input
          className="coai-Input"
          placeholder={trans.__('Which of these parts matter?')}
          value={question}
          onChange={event => setQuestion(event.target.value)}
        />
      </label>
      <fieldset className="coai-Group">
        <legend>{trans.__('Compare')}</legend>
        {found.measured.length === 0 && (
          <p className="coai-Muted">
            {trans.__('Nothing that is measured was found; the plan asks for a response.')}
          </p>
        )}
        {found.measured.map((row, place) => (
          <label key={row.name} className="coai-Pick">
            <input
              type="radio"
              name="coai-response"
              checked={response === row.name}
              onChange={() => setResponse(row.name)}
            />
            <span>
              <span className="coai-Candidate-name">{row.name}</span>{' '}
              <span className="coai-Muted">
                {row.direction === 'min' ? trans.__('less is better') : trans.__('more is better')}
                {' · '}
                {trans.__('cell %1', row.cell)}
                {row.last !== null && ` · ${trans.__('last %1', row.last)}`}
                {place === 0 && ` · ${trans.__('suggested')}`}
              </span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="coai-Group">
        <legend>{trans.__('Vary, one at a time')}</legend>
        {found.candidates.length === 0 && (
          <p className="coai-Muted">{trans.__('Nothing that could be varied was found.')}</p>
        )}
        {found.candidates.map(row => {
          const choice = choiceOf(row.name, row.levels);
          return (
            <div key={row.name} className="coai-Pick-row">
              <label className="coai-Pick">
                <input
                  type="checkbox"
                  checked={choice.isChosen}
                  onChange={event => put(row.name, { ...choice, isChosen: event.target.checked })}
                />
                <span>
                  <span className="coai-Candidate-name">{row.name}</span>{' '}
                  <span className="coai-Muted">
                    {row.operator === 'set'
                      ? trans.__('now %1', row.value)
                      : row.label || row.operator}
                    {row.where.length > 0 && ` · ${row.where.join(', ')}`}
                    {row.reaches.length > 0 &&
                      ` · ${trans._n('reaches cell %2', 'reaches cells %2', row.reaches.length, row.reaches.join(', '))}`}
                  </span>
                </span>
              </label>
              {row.operator === 'set' && choice.isChosen && (
                <input
                  className="coai-Input"
                  aria-label={trans.__('Other levels of %1, by commas', row.name)}
                  value={choice.levels}
                  onChange={event => put(row.name, { ...choice, levels: event.target.value })}
                />
              )}
            </div>
          );
        })}
        {found.hidden > 0 && (
          <button type="button" className="coai-Link" onClick={showAll}>
            {trans._n('%1 more, less likely', '%1 more, less likely', found.hidden)}
          </button>
        )}
      </fieldset>
      <Asking asking={asking} />
      <div className="coai-Foot">
        <button
          type="submit"
          className="coai-Button coai-mod-primary"
          disabled={asking.label !== ''}
        >
          {trans.__('Plan')}
        </button>
        <span className="coai-Muted">{trans.__('Nothing runs before you accept the plan.')}</span>
      </div>
      {found.warnings.map(warning => (
        <p key={warning} className="coai-Warning">
          {warning}
        </p>
      ))}
    </form>
  );
}
