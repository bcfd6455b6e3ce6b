import type { IDecided } from '../../model';
import { Problem } from '../banner';
import { useLab } from '../lab';
import type { IOutcome } from './deciding';

/** What the last decision came to, said once; with the way back. */
export function Outcome({
  outcome,
  undo
}: {
  outcome: IOutcome | null;
  undo: (decided: IDecided) => void;
}): JSX.Element {
  const { coimprove, trans } = useLab();
  const { decided } = coimprove.models.inbox;
  const last = outcome?.decided;
  return (
    <>
      <div role="status" className="coai-Outcome">
        {outcome?.text && (
          <>
            <span>{outcome.text}</span>
            {last && decided.includes(last) && (
              <button type="button" className="coai-Link" onClick={() => undo(last)}>
                {trans.__('Undo')}
              </button>
            )}
          </>
        )}
      </div>
      {outcome?.problems.map((problem, number) => (
        <Problem key={number} problem={problem} />
      ))}
    </>
  );
}
