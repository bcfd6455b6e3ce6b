import { useEffect, useState } from 'react';

import { type IExperiment, Ranking, Running } from '../../model';
import { Problem } from '../banner';
import { useLab, useSignals } from '../lab';
import { Asking, confirm, type IAsking, useAsking } from './asking';
import { Failures } from './failures';
import { Grid } from './grid';
import { doorOf, Page } from './page';
import { Prediction } from './prediction';
import { RankingList } from './rankinglist';
import { Results } from './results';
import { RunDetails, Since } from './rundetails';
import { countWords, seconds } from './words';

/** As plans name it; where one has another name, the server says that it cannot be dropped. */
const BASELINE = 'baseline';
const ENDED = new Set(['completed', 'cancelled', 'abandoned']);

/** An experiment that was accepted: its runs as they go, and what they show when they have ended. */
export function LivePage({ row }: { row: IExperiment }): JSX.Element {
  const { coimprove } = useLab();
  const { path } = row;
  return (
    <Page
      row={row}
      title={row.question || row.id}
      state={row.state}
      notebook={row.notebook}
      open={path === null ? undefined : () => void coimprove.reveal(path)}
    >
      <LiveExperiment row={row} />
    </Page>
  );
}

/** The same without its heading: also below a cell that started it. */
export function LiveExperiment({ row: listed }: { row: IExperiment }): JSX.Element {
  const { coimprove, trans } = useLab();
  const { events, verbs } = coimprove.api;
  const { id, root, path } = listed;
  const door = (): string => doorOf(events, root, path);
  const [running] = useState(
    () => new Running(id, events, verbs, () => doorOf(events, root, path), root)
  );
  useEffect(() => running.follow(), [running]);
  useSignals(running.changed);
  const asking = useAsking();
  return (
    <>
      {running.row === null && !running.problem && (
        <p className="coai-Empty">{trans.__('Reading…')}</p>
      )}
      <Live running={running} listed={listed} door={door} asking={asking} />
    </>
  );
}

function Live({
  running,
  listed,
  door,
  asking
}: {
  running: Running;
  listed: IExperiment;
  door: () => string;
  asking: IAsking;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  useSignals(coimprove.health.changed);
  const [active, setActive] = useState<{ row: string; block: number } | null>(null);
  const row = running.row ?? listed;
  const { grid } = running;
  const isEnded = ENDED.has(row.state);
  const counts = running.row === null ? new Map(Object.entries(row.counts)) : grid.counts();
  const selected = active === null ? undefined : grid.at(active.row, active.block);
  return (
    <>
      {running.problem && (
        <Problem problem={running.problem} retry={() => running.refresh()}>
          {running.row && <p>{trans.__('The grid was read before; it may have changed.')}</p>}
        </Problem>
      )}
      <p className="coai-Summary" role="status">
        {countWords(counts, trans)}
        {' · '}
        {trans._n('of %1 run', 'of %1 runs', row.total)}
        {!isEnded &&
          listed.left_s !== null &&
          ` · ${trans.__('%1 left', seconds(listed.left_s, trans))}`}
      </p>
      {row.waiting && (
        <p className="coai-Warning">{trans.__('Nothing begins now: %1', row.waiting)}</p>
      )}
      {row.first && row.alive && !counts.get('running') && (
        <p className="coai-Summary">
          {row.first}
          {row.first_since && <Since at={row.first_since} />}
        </p>
      )}
      {row.state === 'running' && !row.alive && (
        <p className="coai-Warning">
          {trans.__('Its runner is gone; what ended is kept. Resume goes on where it stopped.')}
        </p>
      )}
      {!isEnded && <Controls running={running} door={door} asking={asking} />}
      <Asking asking={asking} />
      {grid.size > 0 && (
        <Grid
          grid={grid}
          active={active}
          activate={(key, block) => setActive({ row: key, block })}
        />
      )}
      {selected && (
        <RunDetails
          key={selected.id || `${selected.arm}${selected.block}`}
          run={selected}
          grid={grid}
          root={listed.root}
          door={door}
          dropArm={
            isEnded || selected.replicate > 0 || selected.arm === BASELINE
              ? undefined
              : () => void dropArm(selected.arm)
          }
        />
      )}
      <Failures grid={grid} show={run => setActive({ row: run.row, block: run.block })} />
      {!isEnded && running.row !== null && <Prediction id={row.id} door={door} />}
      {running.row !== null && (
        <Results
          id={row.id}
          path={listed.path}
          state={row.state}
          finding={row.finding}
          isEnded={isEnded}
          door={door}
        />
      )}
    </>
  );

  async function dropArm(arm: string): Promise<void> {
    const isSure = await confirm(
      trans.__('Drop %1?', arm),
      trans.__(
        'Its runs that have not begun are cancelled. It is recorded as a deviation and stands beside the results.'
      ),
      trans.__('Drop it'),
      trans.__('Keep it')
    );
    if (isSure) {
      const args = { target: running.id, arm };
      const view = await asking.ask('cancel', args, door(), trans.__('Dropping %1', arm));
      if (view?.experiments[0]) {
        running.take(view.experiments[0]);
      }
    }
  }
}

/** Pause, resume, order, cancel. */
function Controls({
  running,
  door,
  asking
}: {
  running: Running;
  door: () => string;
  asking: IAsking;
}): JSX.Element | null {
  const { coimprove, trans } = useLab();
  const [order, setOrder] = useState<Ranking | null>(null);
  const { row, id } = running;
  if (row === null) {
    return null;
  }
  const isOff = asking.label !== '' || !coimprove.health.writable;
  const goes = row.state === 'running' && row.alive;
  const pause = async (): Promise<void> => {
    const view = await asking.ask('pause', { experiment: id }, door(), trans.__('Pausing'));
    if (view?.experiments[0]) {
      running.take(view.experiments[0]);
    }
  };
  const resume = async (names?: Ranking): Promise<void> => {
    const args = { experiment: id, ...(names ? { order: names.text } : {}) };
    const label = names ? trans.__('Reordering') : trans.__('Going on');
    const view = await asking.ask('resume', args, door(), label);
    if (view?.experiments[0]) {
      running.take(view.experiments[0]);
      setOrder(null);
    }
  };
  const cancel = async (): Promise<void> => {
    const isSure = await confirm(
      trans.__('Cancel the experiment?'),
      trans.__('Runs under way are stopped; those that ended are kept. It cannot be resumed.'),
      trans.__('Cancel the experiment'),
      trans.__('Let it go on')
    );
    if (isSure) {
      const view = await asking.ask('cancel', { target: id }, door(), trans.__('Cancelling'));
      if (view?.experiments[0]) {
        running.take(view.experiments[0]);
      }
    }
  };
  const button = (label: string, does: () => void, isPrimary = false): JSX.Element => (
    <button
      type="button"
      className={`coai-Button ${isPrimary ? 'coai-mod-primary' : ''}`}
      disabled={isOff}
      onClick={does}
    >
      {label}
    </button>
  );
  return (
    <>
      <div className="coai-Actions coai-Controls">
        {goes && button(trans.__('Pause'), () => void pause())}
        {!goes &&
          button(
            row.state === 'registered' ? trans.__('Run') : trans.__('Resume'),
            () => void resume(),
            true
          )}
        {row.arms.length > 1 &&
          button(trans.__('Order…'), () => setOrder(order ? null : new Ranking(row.arms)))}
        {button(trans.__('Cancel…'), () => void cancel())}
      </div>
      {order && (
        <fieldset className="coai-Group">
          <legend>{trans.__('Which arm runs first in each block')}</legend>
          <RankingList ranking={order} change={setOrder} label={trans.__('Arms in order')} />
          <div className="coai-Actions">
            {button(
              goes ? trans.__('Run in this order') : trans.__('Resume in this order'),
              () => void resume(order),
              true
            )}
            <button type="button" className="coai-Button" onClick={() => setOrder(null)}>
              {trans.__('Leave it')}
            </button>
          </div>
          <p className="coai-Hint">{trans.__('It is recorded as a deviation.')}</p>
        </fieldset>
      )}
    </>
  );
}
