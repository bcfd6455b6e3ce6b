import { useState } from 'react';

import type { ArmRow } from '../../api';
import { ADD, dropKey, levelKey, type PlanForm } from '../../model';
import { Diff } from '../diff';
import { useLab } from '../lab';

/** What an arm is set to where its factor is no value but a step, a term or a statement that is taken out. */
const TAKEN_OUT = new Set(['dropped', 'kept']);

/** The arms as what they change; each can be dropped, and its levels changed. */
export function Arms({ form }: { form: PlanForm }): JSX.Element {
  const { trans } = useLab();
  const arms = form.plan?.arms ?? [];
  return (
    <fieldset className="coai-Group">
      <legend>{trans.__('Arms')}</legend>
      <ul className="coai-ArmList" aria-label={trans.__('Arms')}>
        {arms.map(arm => (
          <Arm
            key={arm.key || arm.name}
            arm={arm}
            form={form}
            isLast={arms.filter(one => one.key).length === 1}
          />
        ))}
      </ul>
      <NewArm form={form} />
    </fieldset>
  );
}

/** One more level of something that the plan varies already. */
function NewArm({ form }: { form: PlanForm }): JSX.Element | null {
  const { trans } = useLab();
  const factors = [...new Set((form.plan?.arms ?? []).flatMap(valued))];
  const [factor, setFactor] = useState('');
  const [level, setLevel] = useState('');
  const chosen = factors.includes(factor) ? factor : factors[0];
  if (chosen === undefined) {
    return null;
  }
  const problem = form.problemAt(ADD);
  const add = async (): Promise<void> => {
    await form.add(chosen, level.trim());
    if (form.problemAt(ADD) === null) {
      setLevel('');
    }
  };
  return (
    <form
      className="coai-NewArm"
      aria-label={trans.__('Add an arm')}
      onSubmit={event => {
        event.preventDefault();
        void add();
      }}
    >
      <select
        className="coai-Input"
        aria-label={trans.__('What the new arm sets')}
        value={chosen}
        onChange={event => setFactor(event.target.value)}
      >
        {factors.map(one => (
          <option key={one}>{one}</option>
        ))}
      </select>
      <input
        className="coai-Input"
        aria-label={trans.__('Level of the new arm')}
        placeholder={trans.__('level')}
        value={level}
        spellCheck={false}
        onChange={event => setLevel(event.target.value)}
      />
      <button type="submit" className="coai-Button" disabled={level.trim() === '' || form.isBusy}>
        {trans.__('Add an arm')}
      </button>
      {problem && (
        <span role="alert" className="coai-Field-problem">
          <span aria-hidden="true">⚠ </span>
          {problem.remedy ? `${problem.message}: ${problem.remedy}` : problem.message}
        </span>
      )}
    </form>
  );
}

/** What an arm sets to a value. */
function valued(arm: ArmRow): string[] {
  return Object.keys(arm.settings).filter(
    factor => arm.key !== '' && !TAKEN_OUT.has(arm.settings[factor] ?? '')
  );
}

function Arm({ arm, form, isLast }: { arm: ArmRow; form: PlanForm; isLast: boolean }): JSX.Element {
  const { trans } = useLab();
  const levels = valued(arm);
  const problems = [
    form.problemAt(dropKey(arm)),
    ...levels.map(factor => form.problemAt(levelKey(arm, factor)))
  ].filter(problem => problem !== null);
  return (
    <li className="coai-ArmItem">
      <div className="coai-ArmItem-head">
        <span className="coai-ArmItem-name">{arm.name}</span>
        {arm.role !== 'treatment' && <span className="coai-Kind">{arm.role}</span>}
        {arm.key ? (
          <button
            type="button"
            className="coai-Link"
            disabled={isLast || form.isBusy}
            aria-label={trans.__('Drop %1 from the plan', arm.name)}
            onClick={() => void form.drop(arm)}
          >
            {trans.__('Drop')}
          </button>
        ) : (
          <span className="coai-Muted">{trans.__('as the notebook is')}</span>
        )}
      </div>
      {levels.map(factor => (
        <label key={factor} className="coai-Level">
          <span>{factor} =</span>
          <input
            className="coai-Input"
            aria-label={trans.__('Level of %1 in %2', factor, arm.name)}
            aria-invalid={form.problemAt(levelKey(arm, factor)) !== null}
            value={form.levelOf(arm, factor)}
            spellCheck={false}
            readOnly={form.isDropping}
            onChange={event => form.setLevel(arm, factor, event.target.value)}
          />
        </label>
      ))}
      {problems.map(problem => (
        <span key={problem.message} role="alert" className="coai-Field-problem">
          <span aria-hidden="true">⚠ </span>
          {problem.remedy ? `${problem.message}: ${problem.remedy}` : problem.message}
        </span>
      ))}
      {arm.diff && (
        <details className="coai-Arm">
          <summary>{trans.__('What it changes')}</summary>
          <Diff text={arm.diff} />
        </details>
      )}
    </li>
  );
}
