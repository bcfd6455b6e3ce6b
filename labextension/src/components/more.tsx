import { useLab } from './lab';

/** What a long list ends with while some of it is not shown. */
export function More({
  left,
  page,
  show
}: {
  left: number;
  page: number;
  show: () => void;
}): JSX.Element | null {
  const { trans } = useLab();
  if (left <= 0) {
    return null;
  }
  return (
    <button type="button" className="coai-Button coai-More" onClick={show}>
      {trans.__('Show %1 more', Math.min(page, left))}
    </button>
  );
}
