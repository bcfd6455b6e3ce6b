import { useEffect, useState } from 'react';

import { type ApiError, asApiError, type ChangeRow } from '../../api';
import { isJudged, type IWaiting, type Shown } from '../../model';
import { Problem } from '../banner';
import { Details } from '../inbox/details';
import { Diff } from '../diff';
import { CodeText } from './code';
import { Preview } from './preview';
import { MARKDOWN, useCards } from './surroundings';
import { ThreeWay } from './threeway';

/** The changes of a proposal that would put a source into the notebook; none of anything else. */
export function sourcesOf(shown: Shown | null): readonly ChangeRow[] {
  return shown?.view === 'ProposalView'
    ? shown.changes.filter(change => change.kind !== 'delete')
    : [];
}

/** What is looked at whole, once its card has come into view. */
export function useShown(row: IWaiting): { shown: Shown | null; problem: ApiError | null } {
  const { coimprove } = useCards();
  const { inbox } = coimprove.models;
  const [state, setState] = useState<{ shown: Shown | null; problem: ApiError | null }>({
    shown: null,
    problem: null
  });
  useEffect(() => {
    let isCurrent = true;
    inbox.details(row).then(
      shown => isCurrent && setState({ shown, problem: null }),
      (error: unknown) => isCurrent && setState({ shown: null, problem: asApiError(error) })
    );
    return () => {
      isCurrent = false;
    };
    // A row is another object after each event; it is another thing when its id or its change is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [inbox, row.id, row.changed]);
  return state;
}

/** What would be written: the text of a finding, code highlighted, a difference against the cell. */
export function Content({ row }: { row: IWaiting }): JSX.Element {
  if (row.state === 'stale') {
    return <ThreeWay row={row} />;
  }
  return row.kind === 'experiment' || isJudged(row) ? <Details row={row} /> : <Written row={row} />;
}

function Written({ row }: { row: IWaiting }): JSX.Element {
  const { trans } = useCards();
  const { shown, problem } = useShown(row);
  if (problem) {
    return <Problem problem={problem} />;
  }
  if (shown === null) {
    return (
      <p className="coai-Muted" aria-busy>
        {trans.__('Reading…')}
      </p>
    );
  }
  const expected = shown.view === 'ProposalView' && shown.expected;
  return (
    <>
      {row.why && <p className="coai-Details-why">{row.why}</p>}
      {expected && <p>{trans.__('Expected effect: %1', expected)}</p>}
      {shown.view === 'FindingView' && <Finding markdown={shown.markdown} status={shown.status} />}
      {shown.view === 'ProposalView' &&
        shown.changes.map((change, number) => (
          <Change key={number} change={change} language={shown.language} />
        ))}
      {shown.view === 'ProposalView' && shown.preview && <Preview preview={shown.preview} />}
      {shown.warnings.map(warning => (
        <p key={warning} className="coai-Warning">
          {warning}
        </p>
      ))}
    </>
  );
}

function Finding({ markdown, status }: { markdown: string; status: string }): JSX.Element {
  const { trans } = useCards();
  return (
    <>
      <p className="coai-Muted coai-Card-legend">
        {trans.__('%1. Accepting writes this text into a new cell:', status)}
      </p>
      <CodeText text={markdown} mime={MARKDOWN} label={trans.__('Text that would be written')} />
    </>
  );
}

/** One change: new code, a difference, or what would go; where it is, is said when it is another cell than this. */
function Change({ change, language }: { change: ChangeRow; language: string }): JSX.Element {
  const { trans, mimeOf } = useCards();
  const { kind, cell, cell_kind, source, diff } = change;
  const where = cell ? trans.__('after cell %1', cell) : trans.__('at the top');
  const legends = {
    insert: trans.__('New %1 cell %2:', cell_kind, where),
    replace: trans.__('Change of cell %1:', cell),
    delete: trans.__('Cell %1 would be deleted:', cell)
  };
  return (
    <>
      <p className="coai-Muted coai-Card-legend">{legends[kind]}</p>
      {kind === 'insert' ? (
        <CodeText
          text={source}
          mime={mimeOf(cell_kind, language)}
          label={trans.__('Text of a new cell')}
        />
      ) : (
        <Diff text={diff} />
      )}
    </>
  );
}
