import { useState } from 'react';

import { Problem } from '../banner';
import { useLab, useSignals } from '../lab';
import { ExperimentList } from './list';
import { LivePage } from './live';
import { NewPlan } from './newplan';
import { PlanPage } from './plan';

/** Experiments of the projects in which a notebook is open: all of them, or one whole. */
export function ExperimentsTab(): JSX.Element {
  const { coimprove, trans } = useLab();
  const { experiments } = coimprove.models;
  useSignals(experiments.changed, coimprove.api.events.placesChanged);
  const [planning, setPlanning] = useState<string | null>(null);
  const selected = experiments.selected;
  if (selected !== null) {
    const row = experiments.get(selected);
    if (row === undefined) {
      return (
        <div className="coai-Experiments">
          {experiments.problem && (
            <Problem problem={experiments.problem} retry={() => void experiments.refresh()} />
          )}
          <p className="coai-Empty">{trans.__('Reading…')}</p>
          <button
            type="button"
            className="coai-Link coai-Back"
            onClick={() => experiments.select(null)}
          >
            {trans.__('‹ All experiments')}
          </button>
        </div>
      );
    }
    return (
      <div className="coai-Experiments">
        {row.state === 'draft' || row.state === 'deferred' ? (
          <PlanPage key={row.id} row={row} />
        ) : (
          <LivePage key={row.id} row={row} />
        )}
      </div>
    );
  }
  return (
    <div className="coai-Experiments">
      {experiments.problem && (
        <Problem problem={experiments.problem} retry={() => void experiments.refresh()}>
          {experiments.rows.length > 0 && (
            <p>{trans.__('What is shown was read before; it may have changed meanwhile.')}</p>
          )}
        </Problem>
      )}
      {planning !== null ? (
        <NewPlan path={planning} close={() => setPlanning(null)} />
      ) : (
        <ExperimentList plan={setPlanning} />
      )}
    </div>
  );
}
