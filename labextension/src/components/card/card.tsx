import { type KeyboardEvent, type MouseEvent, useEffect, useReducer, useRef } from 'react';

import type { ChangeRow } from '../../api';
import { isJudged, type IWaiting } from '../../model';
import { Problem } from '../banner';
import { RejectForm } from '../inbox/forms';
import { ago, kindOf, stateOf } from '../inbox/words';
import { TrailButton } from '../record/trailbutton';
import { Content, sourcesOf, useShown } from './content';
import type { CardControl } from './control';
import { EditForm } from './editform';
import { useCards } from './surroundings';

/** What a card says of where it stands: at its cell, or elsewhere because that cell is gone. */
export type Place = 'cell' | 'gone';

/**
 * Something that waits, below the cell that it concerns: who, why, what would be written, and the decision.
 *
 * Keys in it: a accepts, Shift+A accepts and runs, p previews, e edits, r rejects, d defers, Escape goes back to the cell.
 */
export function Card({
  control,
  place,
  isSeen
}: {
  control: CardControl;
  place: Place;
  /** Whether somebody has scrolled to it: the whole of it is asked for then. */
  isSeen: boolean;
}): JSX.Element {
  const { trans, leave } = useCards();
  const [, again] = useReducer((count: number) => count + 1, 0);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    const focus = (): void => card.current?.focus();
    const change = (): void => {
      // A button that cannot be pressed any more loses the focus: the card keeps it.
      if (control.isBusy && card.current?.contains(document.activeElement)) {
        focus();
      }
      again();
    };
    control.changed.connect(change);
    control.focused.connect(focus);
    return () => {
      control.changed.disconnect(change);
      control.focused.disconnect(focus);
    };
  }, [control]);
  const { row, isOpen } = control;
  const state = stateOf(row, trans);
  const author = row.author || trans.__('unknown');
  const who = row.author_kind === 'ai' ? trans.__('%1 (AI)', author) : author;
  const bodyId = `coai-card-${row.id}`;
  return (
    <section
      ref={card}
      className="coai-Card"
      aria-label={`${kindOf(row, trans)}: ${row.title}`}
      aria-busy={control.isBusy}
      tabIndex={-1}
      data-id={row.id}
      onKeyDown={event => keys(event, control, leave)}
    >
      <header className="coai-Card-head">
        <button
          type="button"
          className="coai-Card-toggle"
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={() => control.open(!isOpen)}
        >
          <span className="coai-Badge">{trans.__('Decide')}</span>
          <span className="coai-Kind">{kindOf(row, trans)}</span>
          <span className="coai-Card-title">{row.title}</span>
        </button>
        <span className="coai-Card-about">
          {trans.__('%1, %2', who, ago(row.changed))}
          {state && <span className="coai-State"> · {state}</span>}
        </span>
      </header>
      <div id={bodyId} hidden={!isOpen}>
        {isOpen && isSeen && <Body control={control} place={place} />}
      </div>
    </section>
  );
}

function Body({ control, place }: { control: CardControl; place: Place }): JSX.Element {
  const { coimprove, trans } = useCards();
  const { row, problem } = control;
  return (
    <div className="coai-Card-body">
      {row.trust !== 'own' && (
        <p className="coai-Warning">
          {trans.__(
            'Foreign, unverified: it was not made here. It is a claim of somebody else, and cannot be accepted.'
          )}
        </p>
      )}
      {place === 'gone' && (
        <p className="coai-Warning">
          {trans.__('The cell that it is about is not here any more.')}
        </p>
      )}
      <Content row={row} />
      <Paired />
      {problem && <Problem problem={problem} />}
      {control.form === 'reject' && (
        <RejectForm
          count={1}
          reasons={coimprove.models.inbox.reasons}
          submit={reason => void control.decide('reject', reason ? { reason } : {})}
          cancel={() => (control.show(null), control.focus())}
        />
      )}
      {control.form === 'edit' && <EditForm control={control} />}
      {control.form === null && <Actions control={control} />}
    </div>
  );
}

/** A text that jupytext keeps beside the notebook is not ours to write: that is said where somebody decides. */
function Paired(): JSX.Element | null {
  const { trans, paired } = useCards();
  const formats = paired();
  return formats ? (
    <p className="coai-Muted">
      {trans.__(
        'jupytext pairs this notebook (%1): its text is written when Jupyter saves with jupytext installed, else by `jupytext --sync`; not by this extension.',
        formats
      )}
    </p>
  ) : null;
}

function Actions({ control }: { control: CardControl }): JSX.Element {
  const { coimprove, trans, panel, save } = useCards();
  const { row } = control;
  const off = !control.canDecide || !coimprove.health.writable;
  const isStale = row.state === 'stale' || row.state === 'orphaned';
  const sources = sourcesOf(useShown(row).shown);
  const hasCode = row.kind === 'experiment' || sources.some(one => one.cell_kind === 'code');
  // What is only deleted has no words of its own.
  const hasWords = row.kind === 'proposal' ? sources.length > 0 : !isJudged(row);
  const accept = (event: MouseEvent): void =>
    void control.decide('accept', { run: event.shiftKey && hasCode });
  const edit = (): void => {
    if (row.kind === 'experiment') {
      coimprove.models.experiments.select(row.id);
      panel.open('experiments');
    } else {
      control.show('edit');
    }
  };
  return (
    <div className="coai-Actions" role="group" aria-label={trans.__('Decide')}>
      {!isStale && (
        <button
          type="button"
          className="coai-Button coai-mod-primary"
          disabled={off}
          aria-keyshortcuts="a"
          title={hasCode ? trans.__('With Shift: accept and run') : ''}
          onClick={accept}
        >
          {trans.__('Accept')}
        </button>
      )}
      {!isStale && hasCode && (
        <button
          type="button"
          className="coai-Button"
          disabled={off}
          aria-keyshortcuts="Shift+A"
          onClick={() => void control.decide('accept', { run: true })}
        >
          {trans.__('Accept and run')}
        </button>
      )}
      {!isStale && canPreview(row, sources) && (
        <button
          type="button"
          className="coai-Button"
          disabled={off}
          aria-keyshortcuts="p"
          title={trans.__('Run it in a locked copy of the kernel: nothing is changed')}
          onClick={() => void control.preview()}
        >
          {trans.__('Preview')}
        </button>
      )}
      {!isStale && hasWords && (
        <button
          type="button"
          className="coai-Button"
          disabled={off}
          aria-keyshortcuts="e"
          onClick={edit}
        >
          {trans.__('Edit…')}
        </button>
      )}
      {row.state === 'stale' && <Anew control={control} off={off} />}
      {row.state === 'orphaned' && (
        <button
          type="button"
          className="coai-Button coai-mod-primary"
          title={trans.__('Its file is written anew; then this waits as before')}
          onClick={save}
        >
          {trans.__('Save the notebook')}
        </button>
      )}
      <button
        type="button"
        className="coai-Button"
        disabled={off}
        aria-keyshortcuts="r"
        onClick={() => control.show('reject')}
      >
        {trans.__('Reject…')}
      </button>
      {row.state !== 'deferred' && !isStale && (
        <button
          type="button"
          className="coai-Button"
          disabled={off}
          aria-keyshortcuts="d"
          onClick={() => void control.decide('defer')}
        >
          {trans.__('Defer')}
        </button>
      )}
      <TrailButton {...row} />
    </div>
  );
}

/** A preview is of code; what else waits has none that could run. */
function canPreview(row: IWaiting, sources: readonly ChangeRow[]): boolean {
  return row.kind === 'proposal' && sources.some(one => one.cell_kind === 'code');
}

/** What is stale can be decided on again, on the notebook as it is now. */
function Anew({ control, off }: { control: CardControl; off: boolean }): JSX.Element {
  const { trans } = useCards();
  return (
    <button
      type="button"
      className="coai-Button coai-mod-primary"
      disabled={off}
      onClick={() => void control.decideAnew()}
    >
      {trans.__('Decide on it as the notebook is now')}
    </button>
  );
}

function keys(event: KeyboardEvent, control: CardControl, leave: () => void): void {
  const target = event.target as HTMLElement;
  const isField = target.matches('textarea, select, input') || target.isContentEditable;
  if (event.key === 'Escape' && !isField) {
    leave();
  } else if (
    isField ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    !act(event.key, control)
  ) {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function act(key: string, control: CardControl): boolean {
  const isStale = control.row.state === 'stale' || control.row.state === 'orphaned';
  const canEdit = !isStale && !isJudged(control.row) && control.row.kind !== 'experiment';
  const does: Record<string, () => void> = {
    ...(isStale
      ? {}
      : {
          a: () => void control.decide('accept'),
          A: () => void control.decide('accept', { run: true }),
          d: () => void control.decide('defer'),
          ...(control.row.kind === 'proposal' ? { p: () => void control.preview() } : {})
        }),
    ...(canEdit ? { e: () => control.show('edit') } : {}),
    r: () => control.show('reject')
  };
  const act = does[key];
  if (act === undefined || !control.canDecide) {
    return false;
  }
  act();
  return true;
}
