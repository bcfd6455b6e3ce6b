import type { IFilter, Scope } from '../../model';
import { useLab } from '../lab';

/** Which notebooks and which words; how many rows that leaves. */
export function FilterBar({
  filter,
  change,
  shown,
  hasProject
}: {
  filter: IFilter;
  change: (filter: IFilter) => void;
  shown: number;
  /** Whether something waits in notebooks that are not open. */
  hasProject: boolean;
}): JSX.Element {
  const { trans } = useLab();
  const scopes: readonly [Scope, string][] = [
    ['open', trans.__('Open notebooks')],
    ['front', trans.__('The one in front')],
    ...(hasProject || filter.scope === 'all'
      ? [['all', trans.__('Whole projects')] as [Scope, string]]
      : [])
  ];
  return (
    <div className="coai-Filter" role="search">
      <select
        className="coai-Input"
        aria-label={trans.__('Which notebooks')}
        value={filter.scope}
        onChange={event => change({ ...filter, scope: event.target.value as Scope })}
      >
        {scopes.map(([scope, label]) => (
          <option key={scope} value={scope}>
            {label}
          </option>
        ))}
      </select>
      <input
        type="search"
        className="coai-Input"
        aria-label={trans.__('Filter')}
        placeholder={trans.__('Filter')}
        value={filter.text}
        onChange={event => change({ ...filter, text: event.target.value })}
      />
      <span className="coai-hidden" role="status">
        {trans._n('%1 shown', '%1 shown', shown)}
      </span>
    </div>
  );
}
