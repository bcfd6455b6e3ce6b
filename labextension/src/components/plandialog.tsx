import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { useState } from 'react';

import type { Arguments, CandidateRow } from '../api';

/** What a plan varies, as its verb takes it. */
export type Chosen = Pick<Arguments['plan'], 'factor' | 'drop'>;

interface IChoice {
  readonly isChosen: boolean;
  /** Of a value: the levels beside the present one, by commas. */
  readonly levels: string;
}

/** The choices of a person as the verb `plan` takes them. */
export function asArguments(
  candidates: readonly CandidateRow[],
  choices: ReadonlyMap<string, IChoice>
): Chosen {
  const chosen = candidates.filter(row => choices.get(row.name)?.isChosen);
  const factor = chosen
    .filter(row => row.operator === 'set')
    .map(row => `${row.name}=${choices.get(row.name)?.levels ?? ''}`);
  const drop = chosen.filter(row => row.operator !== 'set').map(row => row.name);
  return { ...(factor.length ? { factor } : {}), ...(drop.length ? { drop } : {}) };
}

/** A list of what could be varied, to choose from; the body of a dialog. */
export class PlanDialogBody extends ReactWidget {
  /** @param chosen - names of the candidates that are ticked to begin with */
  constructor(
    private readonly candidates: readonly CandidateRow[],
    chosen: ReadonlySet<string>,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('coai-PlanDialog');
    this.#choices = new Map(
      candidates.map(row => [
        row.name,
        { isChosen: chosen.has(row.name), levels: row.levels.join(',') }
      ])
    );
  }

  getValue(): Chosen {
    return asArguments(this.candidates, this.#choices);
  }

  protected override render(): JSX.Element {
    return (
      <Candidates
        candidates={this.candidates}
        first={this.#choices}
        trans={this.trans}
        change={choices => (this.#choices = choices)}
      />
    );
  }

  #choices: ReadonlyMap<string, IChoice>;
}

function Candidates({
  candidates,
  first,
  trans,
  change
}: {
  candidates: readonly CandidateRow[];
  first: ReadonlyMap<string, IChoice>;
  trans: TranslationBundle;
  change: (choices: ReadonlyMap<string, IChoice>) => void;
}): JSX.Element {
  const [choices, setChoices] = useState(first);
  const set = (name: string, part: Partial<IChoice>): void => {
    const before = choices.get(name) ?? { isChosen: false, levels: '' };
    const next = new Map(choices).set(name, { ...before, ...part });
    setChoices(next);
    change(next);
  };
  return (
    <fieldset className="coai-Candidates">
      <legend>{trans.__('Vary, one at a time:')}</legend>
      {candidates.map(row => {
        const choice = choices.get(row.name);
        return (
          <div key={row.name} className="coai-Candidate">
            <label>
              <input
                type="checkbox"
                checked={choice?.isChosen ?? false}
                onChange={event => set(row.name, { isChosen: event.target.checked })}
              />
              <span className="coai-Candidate-name">{row.name}</span>
              <span className="coai-Muted">
                {row.operator === 'set' ? trans.__('now %1', row.value) : row.label}
              </span>
            </label>
            {row.operator === 'set' && (
              <input
                className="coai-Input"
                aria-label={trans.__('Other levels of %1, by commas', row.name)}
                disabled={!choice?.isChosen}
                value={choice?.levels ?? ''}
                onChange={event => set(row.name, { levels: event.target.value })}
              />
            )}
          </div>
        );
      })}
    </fieldset>
  );
}
