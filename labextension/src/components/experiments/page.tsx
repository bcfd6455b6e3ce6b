import { type ReactNode, useEffect, useRef } from 'react';

import type { EventStream } from '../../api';
import { useLab } from '../lab';
import { TrailButton } from '../record/trailbutton';
import { stateWords } from './words';

/** The path through which the record of a root is asked: of the notebook itself where it is open. */
export function doorOf(events: EventStream, root: string, path: string | null): string {
  const places = [...events.places.values()];
  return (
    places.find(place => place.path === path)?.path ??
    places.find(place => place.root === root)?.path ??
    ''
  );
}

/** One experiment whole, with the way back to the list. */
export function Page({
  row,
  title,
  state,
  notebook,
  open,
  children
}: {
  row: { readonly id: string; readonly root: string; readonly path: string | null };
  title: string;
  state: string;
  notebook: string;
  /** Opens the notebook; undefined where it is not known where that is. */
  open?: (() => void) | undefined;
  children: ReactNode;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // What was pressed to come here is gone: the keyboard goes on at the beginning of the page.
    const at = document.activeElement;
    if (at === null || at === document.body || at.closest('.coai-Experiments') !== null) {
      heading.current?.focus();
    }
  }, []);
  const { sign, text } = stateWords(state, trans);
  return (
    <section className="coai-Page" aria-label={title}>
      <div className="coai-Page-head">
        <button
          type="button"
          className="coai-Link"
          onClick={() => coimprove.models.experiments.select(null)}
        >
          {trans.__('‹ All experiments')}
        </button>
        <h2 ref={heading} tabIndex={-1} className="coai-Page-title">
          {title}
        </h2>
        <p className="coai-Page-about">
          <span className={`coai-StateMark coai-mod-${state}`}>
            <span aria-hidden="true">{sign}</span> {text}
          </span>
          {' · '}
          {open ? (
            <button type="button" className="coai-Link" onClick={open}>
              {notebook}
            </button>
          ) : (
            notebook
          )}
          {' · '}
          <TrailButton {...row} className="coai-Link" />
        </p>
      </div>
      {children}
    </section>
  );
}
