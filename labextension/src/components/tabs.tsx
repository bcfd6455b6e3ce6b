import { type KeyboardEvent, useRef, useState } from 'react';

export interface ITab<N extends string> {
  readonly name: N;
  readonly label: string;
  /** How many things wait there; nothing is shown for none. */
  readonly count?: number;
  /** The count in words, for those who hear it. */
  readonly countLabel?: string;
  readonly body: () => JSX.Element;
}

/**
 * Tabs as the ARIA pattern has them: one stop of the Tab key, arrows between tabs, Home and End.
 *
 * A tab is drawn when it is first looked at and stays, so that nothing that was typed there is lost.
 */
export function Tabs<N extends string>({
  id,
  label,
  tabs,
  selected,
  select
}: {
  id: string;
  label: string;
  tabs: readonly ITab<N>[];
  selected: N;
  select: (name: N) => void;
}): JSX.Element {
  const [seen, setSeen] = useState<ReadonlySet<N>>(new Set([selected]));
  if (!seen.has(selected)) {
    setSeen(new Set([...seen, selected]));
  }
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = tabs.findIndex(tab => tab.name === selected);
    const last = tabs.length - 1;
    const to: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last
    };
    const tab = tabs[to[event.key] ?? -1];
    if (tab) {
      event.preventDefault();
      select(tab.name);
      list.current?.querySelector<HTMLElement>(`[id="${id}-tab-${tab.name}"]`)?.focus();
    }
  };
  return (
    <>
      <div ref={list} className="coai-Tabs" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(tab => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-tab-${tab.name}`}
            className="coai-Tab"
            aria-selected={tab.name === selected}
            aria-controls={`${id}-body-${tab.name}`}
            tabIndex={tab.name === selected ? 0 : -1}
            onClick={() => select(tab.name)}
          >
            {tab.label}
            {!!tab.count && (
              <span className="coai-Count" title={tab.countLabel}>
                <span aria-hidden="true">{tab.count}</span>
                <span className="coai-hidden">{tab.countLabel}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      {tabs.map(tab => (
        <div
          key={tab.name}
          role="tabpanel"
          id={`${id}-body-${tab.name}`}
          className="coai-TabBody"
          aria-labelledby={`${id}-tab-${tab.name}`}
          hidden={tab.name !== selected}
        >
          {seen.has(tab.name) && tab.body()}
        </div>
      ))}
    </>
  );
}
