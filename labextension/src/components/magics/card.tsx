import { useState } from 'react';

import type { IExperiment } from '../../model';
import { Problem } from '../banner';
import { FindingCard } from '../experiments/findingcard';
import { LiveExperiment } from '../experiments/live';
import { stateWords } from '../experiments/words';
import { useDeciding } from '../inbox/deciding';
import { Details } from '../inbox/details';
import { RejectForm } from '../inbox/forms';
import { Outcome } from '../inbox/outcome';
import { Actions } from '../inbox/row';
import { useLab, useSignals } from '../lab';
import { visible } from '../markdown';
import { useSeen } from '../seen';
import type { IAbout } from './about';
import { useLookup } from './lookup';

/**
 * The output of a magic, live: what it names as the record has it now, with what may be done.
 *
 * Nothing of the output itself is shown as true: a file can say anything. What the record does not know is foreign.
 */
export function MagicCard({ about, text }: { about: IAbout; text: string }): JSX.Element {
  const { trans } = useLab();
  const [node, isSeen] = useSeen();
  const { kind, ids } = about;
  const One = { experiment: Experiment, finding: Finding, checks: Waiting }[kind];
  return (
    <div ref={node} className="coai-Magic" role="group" aria-label={trans.__('jupyter-coimprove')}>
      {isSeen
        ? ids.map(id => <One key={id} id={id} about={about} text={text} isOne={ids.length === 1} />)
        : trans.__('Reading…')}
    </div>
  );
}

interface IOne {
  readonly id: string;
  readonly about: IAbout;
  readonly text: string;
  /** Whether it is all that the output is about: then it is shown whole. */
  readonly isOne: boolean;
}

function Experiment({ id, about, text, isOne }: IOne): JSX.Element {
  const { coimprove } = useLab();
  const { experiments } = coimprove.models;
  useSignals(experiments.changed);
  const row = experiments.get(id);
  const found = useLookup(row === undefined && experiments.isReady ? id : null);
  if (row === undefined) {
    return <Unknown found={found} about={about} text={text} />;
  }
  if (row.state === 'draft' || row.state === 'deferred') {
    return (
      <>
        <Heading row={row} />
        {isOne && <Decide id={id} />}
      </>
    );
  }
  return (
    <>
      <Heading row={row} />
      {isOne && <LiveExperiment row={row} />}
    </>
  );
}

function Heading({ row }: { row: IExperiment }): JSX.Element {
  const { coimprove, panel, trans } = useLab();
  const { sign, text } = stateWords(row.state, trans);
  return (
    <p className="coai-Magic-head">
      <span className="coai-Row-title">{visible(row.question || row.id)}</span>
      <span className={`coai-StateMark coai-mod-${row.state}`}>
        <span aria-hidden="true">{sign}</span> {text}
      </span>
      <button
        type="button"
        className="coai-Link"
        onClick={() => {
          coimprove.models.experiments.select(row.id);
          panel.open('experiments');
        }}
      >
        {trans.__('In the panel')}
      </button>
    </p>
  );
}

function Finding({ id, about, text }: IOne): JSX.Element {
  const { coimprove } = useLab();
  const { experiments } = coimprove.models;
  useSignals(experiments.changed);
  const found = useLookup(id);
  if (found.is !== 'known' || found.shown.view !== 'FindingView') {
    return <Unknown found={found} about={about} text={text} />;
  }
  const { door } = found;
  const path = experiments.rows.find(row => row.finding === id)?.path ?? null;
  return <FindingCard id={id} path={path} door={() => door} />;
}

/** A check or a proposal that waits, or what became of it. */
function Waiting({ id, about, text }: IOne): JSX.Element {
  const { coimprove, trans } = useLab();
  const { inbox } = coimprove.models;
  useSignals(inbox.changed);
  const waits = inbox.rows.some(row => row.id === id);
  const found = useLookup(waits || !inbox.isReady ? null : id);
  if (waits) {
    return <Decide id={id} />;
  }
  return found.is === 'known' ? (
    <p className="coai-Muted">{trans.__('%1 waits no longer.', id)}</p>
  ) : (
    <Unknown found={found} about={about} text={text} />
  );
}

/** Something that waits, whole, with its decision. */
function Decide({ id }: { id: string }): JSX.Element | null {
  const { coimprove, panel, trans } = useLab();
  const { inbox, experiments } = coimprove.models;
  useSignals(inbox.changed, inbox.decidedChanged, coimprove.health.changed);
  const deciding = useDeciding();
  const [isRejecting, setIsRejecting] = useState(false);
  const row = inbox.rows.find(one => one.id === id);
  const jump = (): void => {
    if (row && row.path !== null) {
      void coimprove.reveal(row.path, row.cell_id || row.cell || undefined);
    }
  };
  return (
    <>
      {row && (
        <section
          className="coai-Magic-one"
          aria-label={visible(row.title)}
          aria-busy={deciding.busy.size > 0}
        >
          {row.kind !== 'experiment' && <p className="coai-Row-title">{visible(row.title)}</p>}
          {row.trust !== 'own' && (
            <p className="coai-Warning">
              {trans.__('Foreign, unverified: it was not made here, and cannot be accepted.')}
            </p>
          )}
          <Details row={row} />
          {isRejecting ? (
            <RejectForm
              count={1}
              reasons={inbox.reasons}
              submit={reason => {
                setIsRejecting(false);
                void deciding.decide('reject', row, reason ? { reason } : {});
              }}
              cancel={() => setIsRejecting(false)}
            />
          ) : (
            <Actions
              row={row}
              isBusy={deciding.busy.size > 0}
              canDecide={coimprove.health.writable}
              open={form => setIsRejecting(form === 'reject')}
              jump={jump}
              edit={() => {
                if (row.kind === 'experiment') {
                  experiments.select(row.id);
                  panel.open('experiments');
                } else {
                  // Proposed cells are edited where they would be.
                  jump();
                }
              }}
              decide={(verb, options) => void deciding.decide(verb, row, options)}
            />
          )}
        </section>
      )}
      <Outcome outcome={deciding.outcome} undo={decided => void deciding.undo(decided)} />
    </>
  );
}

/** What is not known: not yet, not here, or not to be read. Its own words are words. */
function Unknown({
  found,
  about,
  text
}: {
  found: ReturnType<typeof useLookup>;
  about: IAbout;
  text: string;
}): JSX.Element {
  const { trans } = useLab();
  if (found.is === 'unread') {
    return <Problem problem={found.problem} />;
  }
  if (found.is !== 'foreign') {
    return <p className="coai-Muted">{trans.__('Reading…')}</p>;
  }
  return (
    <>
      <p className="coai-Warning">
        {trans.__(
          'Foreign, unverified: no record here knows it. This file says so, and nothing in it can be decided on.'
        )}
      </p>
      <pre className="coai-Code" tabIndex={0}>
        {visible(text || about.claim)}
      </pre>
    </>
  );
}
