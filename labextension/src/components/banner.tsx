import type { ReactNode } from 'react';

import { useLab, useSignals } from './lab';

/** What went wrong and what to do about it, where the person looks. */
export function Problem({
  problem,
  retry,
  children
}: {
  problem: { readonly message: string; readonly remedy?: string };
  retry?: () => void;
  children?: ReactNode;
}): JSX.Element {
  const { trans } = useLab();
  return (
    <div className="coai-Problem" role="alert">
      <p className="coai-Problem-message">
        <strong>{trans.__('Not working:')}</strong> {problem.message}
      </p>
      {problem.remedy && <p className="coai-Problem-remedy">{problem.remedy}</p>}
      {children}
      {retry && (
        <button type="button" className="coai-Button" onClick={retry}>
          {trans.__('Try again')}
        </button>
      )}
    </div>
  );
}

/** The banner above all tabs: the server is missing, of another version, away, or asks who we are. */
export function Banner(): JSX.Element | null {
  const { coimprove } = useLab();
  const { health, api } = coimprove;
  useSignals(health.changed);
  if (health.problem === null) {
    return null;
  }
  const retry = (): void => {
    api.events.retry();
    void health.look();
  };
  return <Problem problem={health.problem} retry={retry} />;
}
