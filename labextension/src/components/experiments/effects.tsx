import { useState } from 'react';

import type { ResultsView } from '../../api';
import { useLab } from '../lab';
import { signed, verdictWords } from './words';

/** So many blocks are drawn at once. */
const PAGE = 100;

/** Effects with their intervals and verdicts; each row says itself in words to those who hear it. */
export function Effects({ view }: { view: ResultsView }): JSX.Element {
  const { trans } = useLab();
  const label = trans.__('Effects against %1', view.baseline);
  return (
    <div className="coai-Scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="coai-Table coai-EffectTable">
        <caption>
          {label}
          {view.margin !== null && ` · ${trans.__('margin %1', view.margin)}`}
          {view.smallest_effect !== null &&
            ` · ${trans.__('smallest effect %1', view.smallest_effect)}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('Arm')}</th>
            <th scope="col">{trans.__('Effect')}</th>
            <th scope="col">{trans.__('Verdict')}</th>
            <th scope="col">n</th>
            <th scope="col">p</th>
          </tr>
        </thead>
        <tbody>
          {view.effects.map(effect => {
            const { sign, text } = verdictWords(effect.verdict, trans);
            const failures = view.arms.find(arm => arm.arm === effect.arm)?.failures ?? {};
            const failed = Object.entries(failures);
            return (
              <tr key={effect.arm}>
                <th scope="row">{effect.arm}</th>
                <td>
                  {signed(effect.estimate)}
                  {effect.low !== null && effect.high !== null && (
                    <span className="coai-Interval">
                      [{signed(effect.low)}, {signed(effect.high)}]
                    </span>
                  )}
                </td>
                <td>
                  <span aria-hidden="true">{sign} </span>
                  {text}
                  {effect.needed !== null && (
                    <span className="coai-Interval">
                      {trans.__('%1 blocks would do', effect.needed)}
                    </span>
                  )}
                  {failed.length > 0 && (
                    <span className="coai-Interval">
                      {failed.map(([why, count]) => `${count} ${why}`).join(', ')}
                    </span>
                  )}
                </td>
                <td>{trans.__('%1/%2', effect.n, effect.planned)}</td>
                <td>{chance(effect.p_adjusted ?? effect.p)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {view.effects
        .filter(effect => effect.notes.length > 0)
        .map(effect => (
          <p key={effect.arm} className="coai-Muted">
            {effect.arm}: {effect.notes.join('; ')}
          </p>
        ))}
    </div>
  );
}

/** Every response by block and arm. */
export function Points({ view }: { view: ResultsView }): JSX.Element | null {
  const { trans } = useLab();
  const [isOpen, setIsOpen] = useState(false);
  const [shown, setShown] = useState(PAGE);
  if (view.points.length === 0) {
    return null;
  }
  const arms = view.arms.map(arm => arm.arm);
  const blocks = new Map<number, Map<string, unknown>>();
  if (isOpen) {
    for (const { arm, block, value } of view.points) {
      const number = Number(block);
      const row = blocks.get(number) ?? new Map<string, unknown>();
      blocks.set(number, row.set(String(arm), value));
    }
  }
  return (
    <details className="coai-Arm" onToggle={event => setIsOpen(event.currentTarget.open)}>
      <summary>{trans._n('All %1 point', 'All %1 points', view.points.length)}</summary>
      <div
        className="coai-Scroll"
        tabIndex={0}
        role="group"
        aria-label={trans.__('%1 by block and arm', view.response)}
      >
        <table className="coai-Table">
          <thead>
            <tr>
              <th scope="col">{trans.__('Block')}</th>
              {arms.map(arm => (
                <th key={arm} scope="col">
                  {arm}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...blocks].slice(0, shown).map(([block, values], place) => (
              <tr key={block}>
                <th scope="row" title={trans.__('draws from %1', block)}>
                  {place + 1}
                </th>
                {arms.map(arm => {
                  const value = values.get(arm);
                  return <td key={arm}>{typeof value === 'number' ? precise(value) : '–'}</td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {blocks.size > shown && (
        <button type="button" className="coai-Button" onClick={() => setShown(shown + PAGE)}>
          {trans.__('Show %1 more', Math.min(PAGE, blocks.size - shown))}
        </button>
      )}
    </details>
  );
}

function precise(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function chance(p: number | null): string {
  return p === null ? '–' : p < 0.001 ? '<0.001' : p.toFixed(3);
}
