import { PathExt } from '@jupyterlab/coreutils';
import { useState } from 'react';

import { Asking, useAsking } from '../experiments/asking';
import { useLab, useSignals } from '../lab';
import { visible } from '../markdown';

/** What checks of validity and leakage found and nobody decided on yet; decisions on others stand below. */
export function Checks({ root }: { root: string }): JSX.Element {
  const { coimprove, commands, panel, trans } = useLab();
  const { inbox } = coimprove.models;
  const { books, health } = coimprove;
  useSignals(inbox.changed, books.changed, health.changed);
  const rows = inbox.rows.filter(row => row.root === root && row.kind === 'check');
  return (
    <>
      <h3 className="coai-Record-head">{trans.__('Checks')}</h3>
      {rows.length === 0 && (
        <p className="coai-Empty">
          {trans.__('No check waits. A check reads the code of a notebook; nothing is executed.')}
        </p>
      )}
      <ul className="coai-List" aria-label={trans.__('Checks')}>
        {rows.map(row => (
          <li key={row.id} className="coai-Row">
            <button type="button" className="coai-Link" onClick={() => panel.open('inbox')}>
              {visible(row.title)}
            </button>
            <span className="coai-Row-about">
              {visible(row.notebook)}
              {row.cell > 0 && ` · ${trans.__('cell %1', row.cell)}`}
            </span>
          </li>
        ))}
      </ul>
      <div className="coai-Bar">
        <button
          type="button"
          className="coai-Button"
          disabled={books.current === null || !health.writable}
          onClick={() => void commands.execute('coimprove:check')}
        >
          {books.current === null
            ? trans.__('Check a notebook')
            : trans.__('Check %1', PathExt.basename(books.current))}
        </button>
      </div>
    </>
  );
}

/** Results that exist already, kept as post hoc evidence about the notebook in front. */
export function Imports({ door }: { door: string }): JSX.Element {
  const { coimprove, panel, trans } = useLab();
  const { books, health, models } = coimprove;
  const asking = useAsking();
  const [source, setSource] = useState('');
  const [said, setSaid] = useState('');
  const front = books.current ?? door;
  const keep = async (): Promise<void> => {
    const args = { source: source.trim(), notebook: PathExt.basename(front) };
    const view = await asking.ask('import', args, front, trans.__('Importing'));
    if (view !== null) {
      setSaid(view.summary);
      setSource('');
      await models.experiments.refresh();
      models.experiments.select(view.experiment);
      panel.open('experiments');
    }
  };
  return (
    <>
      <h3 className="coai-Record-head">{trans.__('Imports')}</h3>
      <form
        className="coai-Import"
        aria-label={trans.__('Import results')}
        onSubmit={event => {
          event.preventDefault();
          void keep();
        }}
      >
        <label className="coai-Field">
          <span className="coai-Field-label">
            {trans.__(
              'Table, MLflow, W&B, TensorBoard or Optuna, beside %1',
              PathExt.basename(front)
            )}
          </span>
          <input
            className="coai-Input"
            placeholder="results.csv"
            spellCheck={false}
            value={source}
            onChange={event => setSource(event.target.value)}
          />
        </label>
        <button
          type="submit"
          className="coai-Button"
          disabled={source.trim() === '' || asking.label !== '' || !health.writable}
        >
          {trans.__('Import')}
        </button>
      </form>
      <p role="status" className="coai-Import">
        {visible(said)}
      </p>
      <Asking asking={asking} />
    </>
  );
}
