import type { IHeldUp } from '../../model';
import { useCards } from './surroundings';

/** A decision that is not in this notebook yet: who has it, or what stands in the way, and what can be done. */
export function HeldUp({ held, title }: { held: IHeldUp; title: string }): JSX.Element {
  const { trans, carrier, commands, coimprove } = useCards();
  const texts: Record<IHeldUp['kind'], string> = {
    elsewhere: held.by
      ? trans.__(
          '%1 puts it into the notebook in another window. It is not in this one yet.',
          held.by
        )
      : trans.__('Another window puts it into the notebook. It is not in this one yet.'),
    refused: trans.__('Decided, but not written into the notebook: %1.', held.why),
    readonly: trans.__(
      'Decided, but this notebook is read-only. It waits until it can be written.'
    ),
    moved: trans.__(
      'It waits in %1 now: the file of this notebook was gone, and that one has the same cells.',
      held.why
    )
  };
  return (
    <div className="coai-HeldUp" role="status">
      <p>
        <strong>{title || held.subject}</strong>: {texts[held.kind]}
      </p>
      {held.why && held.kind === 'elsewhere' && <p className="coai-Muted">{held.why}</p>}
      <div className="coai-Actions">
        {(held.kind === 'elsewhere' || held.kind === 'readonly') && (
          <button
            type="button"
            className="coai-Button"
            onClick={() => void commands.execute('docmanager:reload')}
          >
            {trans.__('Reload the notebook')}
          </button>
        )}
        {held.kind === 'moved' && (
          <button
            type="button"
            className="coai-Button"
            onClick={() => void coimprove.reveal(held.why)}
          >
            {trans.__('Open %1', held.why)}
          </button>
        )}
        {(held.kind === 'refused' || held.kind === 'readonly') && (
          <button
            type="button"
            className="coai-Button"
            onClick={() => void carrier.retry(held.path)}
          >
            {trans.__('Try again')}
          </button>
        )}
      </div>
    </div>
  );
}
