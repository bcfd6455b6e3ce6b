import { type DecisionVerb, type IDecideOptions, isJudged, type IWaiting } from '../../model';
import { useLab } from '../lab';
import { visible } from '../markdown';
import { TrailButton } from '../record/trailbutton';
import { Details } from './details';
import { EditForm, RejectForm } from './forms';
import { aboutOf, kindOf, stateOf } from './words';

/** Which form a row shows below it. */
export type Form = 'reject' | 'edit' | null;

export interface IRowProps {
  row: IWaiting;
  /** The one that the Tab key stops at. */
  isActive: boolean;
  /** Whether it is shown whole: the active one, once somebody came to the list. */
  isOpen: boolean;
  isBusy: boolean;
  isSelected: boolean;
  /** Whether decisions may be sent at all. */
  canDecide: boolean;
  form: Form;
  /** The words of a finding as they are shown; they are what is edited. */
  claim: string;
  activate: () => void;
  select: (isSelected: boolean) => void;
  open: (form: Form) => void;
  jump: () => void;
  edit: () => void;
  decide: (verb: DecisionVerb, options?: IDecideOptions) => void;
}

/** One thing that waits: who, what, why; and when it is the active one, the whole of it with its actions. */
export function Row(props: IRowProps): JSX.Element {
  const { row, isActive, isOpen } = props;
  const { trans } = useLab();
  const kind = kindOf(row, trans);
  const state = stateOf(row, trans);
  const title = visible(row.title);
  return (
    <li
      className={`coai-Row coai-InboxRow ${isOpen ? 'coai-mod-active' : ''}`}
      aria-current={isOpen}
      aria-busy={props.isBusy}
      aria-label={`${kind}: ${title}`}
      tabIndex={isActive ? 0 : -1}
      data-coai-begin=""
      data-id={row.id}
      onClick={props.activate}
      onFocus={props.activate}
    >
      <div className="coai-Row-head">
        <input
          type="checkbox"
          tabIndex={isActive ? 0 : -1}
          checked={props.isSelected}
          aria-label={trans.__('Select “%1”', title)}
          onChange={event => props.select(event.target.checked)}
        />
        <span className="coai-Kind">{kind}</span>
        <span className="coai-Row-title">{title}</span>
      </div>
      <span className="coai-Row-about">
        {visible(aboutOf(row, trans))}
        {state && <span className="coai-State"> · {state}</span>}
      </span>
      {isOpen && (
        <>
          <Details row={row} />
          {props.form === null && <Actions {...props} />}
          {props.form === 'reject' && <Reject {...props} />}
          {props.form === 'edit' && (
            <EditForm
              text={props.claim}
              submit={text => props.decide('edit', { text })}
              cancel={() => props.open(null)}
            />
          )}
        </>
      )}
    </li>
  );
}

function Reject({ decide, open }: IRowProps): JSX.Element {
  const { coimprove } = useLab();
  return (
    <RejectForm
      count={1}
      reasons={coimprove.models.inbox.reasons}
      submit={reason => decide('reject', reason ? { reason } : {})}
      cancel={() => open(null)}
    />
  );
}

/** What may be said to something that waits. */
export function Actions({
  row,
  isBusy,
  canDecide,
  open,
  jump,
  edit,
  decide
}: Pick<
  IRowProps,
  'row' | 'isBusy' | 'canDecide' | 'open' | 'jump' | 'edit' | 'decide'
>): JSX.Element {
  const { trans } = useLab();
  const off = isBusy || !canDecide || row.trust !== 'own';
  // It is looked at again at its cell, or there is no notebook to write it into.
  const isStale = row.state === 'stale' || row.state === 'orphaned';
  return (
    <div className="coai-Actions">
      {!isStale && (
        <button
          type="button"
          className="coai-Button coai-mod-primary"
          disabled={off}
          aria-keyshortcuts="a"
          onClick={() => decide('accept')}
        >
          {trans.__('Accept')}
        </button>
      )}
      {row.kind === 'experiment' && (
        <button
          type="button"
          className="coai-Button"
          disabled={off}
          aria-keyshortcuts="Shift+A"
          onClick={() => decide('accept', { run: true })}
        >
          {trans.__('Accept and run')}
        </button>
      )}
      {!isJudged(row) && !isStale && (
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
      <button
        type="button"
        className="coai-Button"
        disabled={off}
        aria-keyshortcuts="r"
        onClick={() => open('reject')}
      >
        {trans.__('Reject…')}
      </button>
      {!isStale && (
        <button
          type="button"
          className="coai-Button"
          disabled={off || row.state === 'deferred'}
          aria-keyshortcuts="d"
          onClick={() => decide('defer')}
        >
          {trans.__('Defer')}
        </button>
      )}
      <button
        type="button"
        className="coai-Button"
        disabled={row.path === null}
        aria-keyshortcuts="Enter"
        onClick={jump}
      >
        {row.cell ? trans.__('Go to the cell') : trans.__('Open the notebook')}
      </button>
      <TrailButton {...row} />
    </div>
  );
}
