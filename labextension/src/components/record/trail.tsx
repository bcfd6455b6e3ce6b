import { type KeyboardEvent, useState } from 'react';

import type { StepRow } from '../../api';
import { type ITrail, pathOf } from '../../model';
import { Problem } from '../banner';
import { stateWords } from '../experiments/words';
import { useLab } from '../lab';
import { visible } from '../markdown';
import { useAsked } from './asked';

/** What changes a trail when something is told of it. */
const KINDS = [
  ...['card', 'check', 'proposal', 'decision', 'experiment'],
  ...['prediction', 'finding', 'lesson']
];

interface IWalk {
  /** What came of each; what begins a trail is under the empty id. */
  readonly below: ReadonlyMap<string, readonly StepRow[]>;
  readonly titles: ReadonlyMap<string, string>;
  readonly active: string;
  activate(id: string): void;
  open(step: StepRow): void;
  follow(id: string): void;
}

/**
 * The way from a problem to what came of it, as the verb `trail` tells it: a line with a branch for each that parts.
 *
 * Keys in it: arrows (or j, k), Home and End move, Enter opens, t follows the trail of the one that has the focus.
 */
export function TrailPage({ trail }: { trail: ITrail }): JSX.Element {
  const { coimprove, commands, panel, trans } = useLab();
  const { trails, experiments } = coimprove.models;
  const { places } = coimprove.api.events;
  const { subject, door } = trail;
  const root = places.get(door)?.root ?? '';
  const { view, problem } = useAsked('trail', { subject }, door, root, KINDS);
  const [moved, setMoved] = useState('');

  const way = view?.way ?? [];
  const below = new Map<string, StepRow[]>();
  way.forEach(step => below.set(step.after, [...(below.get(step.after) ?? []), step]));
  const asked = way.find(step => step.distance === 0);
  const active = way.find(step => step.id === moved) ?? asked;

  const open = ({ opens, target, cell, cell_id }: StepRow): void => {
    const path = pathOf(places.values(), root, target);
    if (opens === 'experiment') {
      experiments.select(target);
      panel.open('experiments');
    } else if (opens === 'inbox') {
      panel.open('inbox', target);
    } else if (path !== null) {
      void (opens === 'file'
        ? commands.execute('docmanager:open', { path })
        : coimprove.reveal(path, cell_id || cell || undefined));
    }
  };
  const follow = (id: string): void => trails.show({ subject: id, door });
  const keys = (event: KeyboardEvent): void => {
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-id]')];
    const at = all.findIndex(one => one.dataset['id'] === active?.id);
    const to: Record<string, number> = {
      ...{ ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1 },
      ...{ Home: 0, End: all.length - 1 }
    };
    const next = all[to[event.key] ?? -1];
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    } else if (next) {
      next.focus();
    } else if (event.key === 't' && active) {
      follow(active.id);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const walk: IWalk = {
    below,
    titles: new Map(way.map(step => [step.id, step.title])),
    active: active?.id ?? '',
    activate: setMoved,
    open,
    follow
  };
  return (
    <section className="coai-Page" aria-label={trans.__('Trail')} onKeyDown={keys}>
      <div className="coai-Page-head">
        <button
          type="button"
          className="coai-Link"
          data-coai-begin=""
          tabIndex={0}
          onClick={() => trails.show(null)}
        >
          {trans.__('‹ Record')}
        </button>
        <h2 className="coai-Page-title">{trans.__('Trail')}</h2>
        <p className="coai-Page-about" role="status">
          {view ? view.summary : problem ? '' : trans.__('Reading…')}
        </p>
      </div>
      {problem && <Problem problem={problem} />}
      {view && way.length < 2 && (
        <p className="coai-Empty">
          {trans.__(
            'Nothing else is linked to it yet. What is planned because of it, and what its runs show, appears here.'
          )}
        </p>
      )}
      {view && (
        <div className="coai-Trail">
          <Branch steps={below.get('') ?? []} walk={walk} label={trans.__('Trail')} />
        </div>
      )}
    </section>
  );
}

/** What came of one thing; the last goes on in its line, the others leave it. */
function Branch({
  steps,
  walk,
  label
}: {
  steps: readonly StepRow[];
  walk: IWalk;
  label?: string;
}): JSX.Element | null {
  return steps.length === 0 ? null : (
    <ul className="coai-List" aria-label={label}>
      {steps.map((step, place) => (
        <li
          key={step.id}
          aria-current={step.distance === 0 ? 'step' : undefined}
          className={label === undefined && place < steps.length - 1 ? 'coai-mod-side' : undefined}
        >
          <Step step={step} walk={walk} />
          <Branch steps={walk.below.get(step.id) ?? []} walk={walk} />
        </li>
      ))}
    </ul>
  );
}

function Step({ step, walk }: { step: StepRow; walk: IWalk }): JSX.Element {
  const { trans } = useLab();
  const isActive = step.id === walk.active;
  const title = visible(step.title || step.id);
  const { sign, text } = stateWords(step.state, trans);
  const isLast = !walk.below.has(step.id);
  return (
    <div className={`coai-Trail-step ${isLast ? 'coai-mod-last' : ''}`} data-kind={step.kind}>
      <button
        type="button"
        className="coai-Trail-open"
        data-id={step.id}
        aria-disabled={step.opens === ''}
        tabIndex={isActive ? 0 : -1}
        title={step.id}
        onFocus={() => walk.activate(step.id)}
        onClick={() => walk.open(step)}
      >
        <span className="coai-Kind">{visible(step.kind)}</span>{' '}
        <span className="coai-Row-about">
          <span aria-hidden="true">{sign}</span> {visible(text)}
          {step.gone && <span className="coai-hidden"> {trans.__('(no longer stands)')}</span>}
        </span>{' '}
        <span className="coai-Row-title">{step.gone ? <s>{title}</s> : title}</span>
      </button>
      {step.distance !== 0 && (
        <button
          type="button"
          className="coai-Link coai-Trail-follow"
          aria-label={trans.__('Trail of “%1”', title)}
          tabIndex={isActive ? 0 : -1}
          onClick={() => walk.follow(step.id)}
        >
          {trans.__('trail')}
        </button>
      )}
      {step.also.length > 0 && (
        <span className="coai-Row-about">
          {trans.__(
            'rests on %1 too',
            step.also.map(id => `“${visible(walk.titles.get(id) || id)}”`).join(', ')
          )}
        </span>
      )}
      {step.marks.length > 0 && (
        <ul className="coai-Trail-marks">
          {step.marks.map((mark, number) => (
            <li key={number}>
              <span className="coai-Muted">{mark.kind}</span>{' '}
              {mark.gone ? (
                <s>
                  {visible(mark.text)}
                  <span className="coai-hidden"> {trans.__('(taken back)')}</span>
                </s>
              ) : (
                visible(mark.text)
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
