import { type KeyboardEvent, useId, useState } from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { FieldRow, Json } from '../../api';
import type { PlanForm } from '../../model';
import { useLab } from '../lab';

/** The entries that most plans turn on; the others are one step away. */
const FIRST = [
  'question',
  'blocks',
  'response.expr',
  'response.reduction',
  'response.direction',
  'smallest_effect',
  'margin',
  'budget.run_seconds',
  'budget.disk_mb'
];

/** The plan's entries; the ones that most plans turn on first. */
export function Fields({ form }: { form: PlanForm }): JSX.Element {
  const { trans } = useLab();
  const fields = form.plan?.fields ?? [];
  const first = FIRST.flatMap(key => fields.find(field => field.key === key) ?? []);
  const others = fields.filter(field => !FIRST.includes(field.key));
  const groups = [...new Set(others.map(field => field.group))];
  return (
    <>
      <div className="coai-Fields">
        {first.map(field => (
          <Field key={field.key} field={field} form={form} />
        ))}
      </div>
      <details className="coai-More-fields" open={others.some(field => form.problemAt(field.key))}>
        <summary>{trans._n('%1 more entry', '%1 more entries', others.length)}</summary>
        {groups.map(group => (
          <fieldset key={group} className="coai-Group">
            <legend>{groupLabel(group, trans)}</legend>
            <div className="coai-Fields">
              {others
                .filter(field => field.group === group)
                .map(field => (
                  <Field key={field.key} field={field} form={form} />
                ))}
            </div>
          </fieldset>
        ))}
      </details>
    </>
  );
}

function Field({ field, form }: { field: FieldRow; form: PlanForm }): JSX.Element {
  const { trans } = useLab();
  const id = useId();
  // As it is typed: what it is read as may be written otherwise, such as 0.10.
  const [text, setText] = useState<string | null>(null);
  const value = form.valueOf(field.key);
  const problem = form.problemAt(field.key);
  const label = fieldLabel(field, trans);
  const common = {
    id,
    'aria-invalid': problem !== null,
    'aria-describedby': problem ? `${id}-help ${id}-problem` : `${id}-help`,
    'data-key': field.key
  };
  const typed = {
    className: 'coai-Input',
    value: text ?? written(value),
    onChange: (event: { target: { value: string } }) => {
      setText(event.target.value);
      form.set(field.key, readAs(field, event.target.value));
    },
    onBlur: () => setText(null)
  };
  let control: JSX.Element;
  if (field.type === 'flag') {
    control = (
      <input
        {...common}
        type="checkbox"
        checked={value === true}
        onChange={event => form.set(field.key, event.target.checked)}
      />
    );
  } else if (field.type === 'choice') {
    control = (
      <select
        {...common}
        className="coai-Input"
        value={written(value)}
        onChange={event => form.set(field.key, event.target.value)}
      >
        {field.choices.map(choice => (
          <option key={choice} value={choice}>
            {choiceLabel(field.key, choice, trans)}
          </option>
        ))}
      </select>
    );
  } else if (field.key === 'question') {
    control = <textarea {...common} {...typed} rows={2} />;
  } else {
    const step = (event: KeyboardEvent<HTMLInputElement>): void => {
      const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (field.type === 'integer' && by !== undefined && typeof value === 'number') {
        event.preventDefault();
        setText(String(value + by));
        form.set(field.key, value + by);
      }
    };
    control = (
      <input
        {...common}
        {...typed}
        onKeyDown={step}
        inputMode={field.type === 'integer' || field.type === 'number' ? 'decimal' : 'text'}
        placeholder={field.optional ? trans.__('not given') : ''}
        autoComplete="off"
        spellCheck={false}
      />
    );
  }
  return (
    <div className={`coai-Field coai-mod-${field.type}`}>
      <label className="coai-Field-label" htmlFor={id}>
        {label}
        {field.unit && <span className="coai-Muted"> ({unitLabel(field.unit, trans)})</span>}
      </label>
      {control}
      <span id={`${id}-help`} className="coai-Field-help">
        {field.help}
      </span>
      {problem && (
        <span id={`${id}-problem`} role="alert" className="coai-Field-problem">
          <span aria-hidden="true">⚠ </span>
          {problem.remedy ? `${problem.message}: ${problem.remedy}` : problem.message}
        </span>
      )}
    </div>
  );
}

/** What was typed as the entry's type; what fits no type is sent as it is, and refused with the reason. */
export function readAs(field: FieldRow, text: string): Json {
  const word = text.trim();
  if (word === '' && (field.optional || field.type === 'list')) {
    return null;
  }
  if (field.type === 'integer' || field.type === 'number') {
    return word !== '' && Number.isFinite(Number(word)) ? Number(word) : word;
  }
  if (field.type === 'list') {
    return word.split(',').map(one => {
      const part = one.trim();
      return part !== '' && Number.isFinite(Number(part)) ? Number(part) : part;
    });
  }
  return text;
}

function written(value: Json): string {
  if (value === null) {
    return '';
  }
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

function groupLabel(group: string, trans: TranslationBundle): string {
  const known: Record<string, string> = {
    Question: trans.__('Question'),
    Blocks: trans.__('Blocks'),
    Response: trans.__('Response'),
    Decision: trans.__('Decision'),
    Budget: trans.__('Budget')
  };
  return known[group] ?? group;
}

export function fieldLabel(field: Pick<FieldRow, 'key'>, trans: TranslationBundle): string {
  const known: Record<string, string> = {
    question: trans.__('Question'),
    status: trans.__('Status'),
    hypothesis: trans.__('Hypothesis'),
    blocks: trans.__('Blocks'),
    stopping: trans.__('Stopping'),
    repeat_baseline: trans.__('Repeat the baseline'),
    block_numbers: trans.__('Block numbers'),
    'response.expr': trans.__('Response'),
    'response.direction': trans.__('Direction'),
    'response.reduction': trans.__('Reduction'),
    'response.items': trans.__('Items'),
    'response.clusters': trans.__('Clusters'),
    smallest_effect: trans.__('Smallest effect'),
    margin: trans.__('Margin'),
    alpha: trans.__('Alpha'),
    test: trans.__('Test'),
    multiplicity: trans.__('Multiplicity'),
    sequence: trans.__('Sequence'),
    'budget.run_seconds': trans.__('Limit of one run'),
    'budget.total_seconds': trans.__('Limit of all'),
    'budget.keep_mb': trans.__('Kept of one run'),
    'budget.disk_mb': trans.__('Disk'),
    kernel: trans.__('Kernel'),
    arms: trans.__('Arms')
  };
  const seed = /^seeds\."(.*)"$/.exec(field.key);
  return seed ? trans.__('Seed %1', seed[1] ?? '') : (known[field.key] ?? field.key);
}

function unitLabel(unit: string, trans: TranslationBundle): string {
  const of = /^of (.*)$/.exec(unit);
  return of ? trans.__('of %1', of[1] ?? '') : unit;
}

function choiceLabel(key: string, choice: string, trans: TranslationBundle): string {
  if (key === 'response.direction') {
    return choice === 'max' ? trans.__('more is better') : trans.__('less is better');
  }
  return choice;
}
