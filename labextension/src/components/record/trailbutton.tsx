import { doorOf } from '../experiments/page';
import { useLab } from '../lab';

/** From something that is shown to the way that led to it and what came of it. */
export function TrailButton({
  id,
  root,
  path,
  className = 'coai-Button',
  children
}: {
  id: string;
  root: string;
  path: string | null;
  className?: string;
  children?: string;
}): JSX.Element {
  const { coimprove, panel, trans } = useLab();
  return (
    <button
      type="button"
      className={className}
      title={trans.__('What led to it, and what came of it')}
      onClick={() => {
        const door = doorOf(coimprove.api.events, root, path);
        coimprove.models.trails.show({ subject: id, door });
        panel.open('record');
      }}
    >
      {children ?? trans.__('Trail')}
    </button>
  );
}
