import { useState } from 'react';

import { useLab, useSignals } from '../lab';
import { Problem } from '../banner';
import { doors } from '../../model';
import { Checks, Imports } from './evidence';
import { Finding } from './finding';
import { Skill, Trail } from './history';
import { TrailPage } from './trail';
import { WriteUp } from './writeup';

/** What is kept of the projects in which a notebook is open: findings, decisions, write-up, predictions. */
export function RecordTab(): JSX.Element {
  const { coimprove, trans } = useLab();
  const { experiments } = coimprove.models;
  const { events } = coimprove.api;
  useSignals(
    coimprove.models.trails.changed,
    experiments.changed,
    events.placesChanged,
    coimprove.books.changed
  );
  const [filter, setFilter] = useState('');
  const trail = coimprove.models.trails.shown;
  if (coimprove.books.paths.length === 0) {
    return (
      <p className="coai-Empty">{trans.__('Open a notebook to see what its record holds.')}</p>
    );
  }
  if (trail !== null) {
    return <TrailPage trail={trail} />;
  }
  const words = filter.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const found = experiments.rows.filter(row => row.finding);
  const shown = found.filter(row => {
    const said = [row.question, row.id, row.finding, row.notebook].join(' ').toLocaleLowerCase();
    return words.every(word => said.includes(word));
  });
  // Each record is asked through one open notebook of its root.
  const roots = [...doors(events.places.values())];
  return (
    <div className="coai-Record">
      {experiments.problem && (
        <Problem problem={experiments.problem} retry={() => void experiments.refresh()} />
      )}
      <div className="coai-Filter" role="search">
        <input
          type="search"
          className="coai-Input"
          data-coai-begin=""
          tabIndex={0}
          aria-label={trans.__('Filter findings and decisions')}
          placeholder={trans.__('Filter')}
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
        <span className="coai-hidden" role="status">
          {trans._n('%1 finding', '%1 findings', shown.length)}
        </span>
      </div>
      <h3 className="coai-Record-head">{trans.__('Findings')}</h3>
      {shown.length === 0 && (
        <p className="coai-Empty">
          {found.length > 0
            ? trans.__('No finding has these words.')
            : trans.__('No finding yet. An experiment that ends has one.')}
        </p>
      )}
      <ul className="coai-List" aria-label={trans.__('Findings')}>
        {shown.map(row => (
          <Finding key={row.finding} row={row} />
        ))}
      </ul>
      {/* Before anything is recorded, what begins a record can be begun here. */}
      {roots.length === 0 && coimprove.books.current !== null && (
        <>
          <Checks root="" />
          <Imports door={coimprove.books.current} />
        </>
      )}
      {roots.map(([root, door]) => (
        <div key={root}>
          <WriteUp door={door} />
          <Checks root={root} />
          <Trail root={root} door={door} words={words} />
          <Skill root={root} door={door} />
          <Imports door={door} />
        </div>
      ))}
      <h3 className="coai-Record-head">{trans.__('Lessons')}</h3>
      <p className="coai-Empty">{trans.__('“/learn” in the chat draws them from decisions.')}</p>
    </div>
  );
}
