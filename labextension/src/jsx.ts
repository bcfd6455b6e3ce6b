import { createElement, Fragment, type Key, type ReactElement, type ReactNode } from 'react';

type Type = Parameters<typeof createElement>[0];
type Props = Record<string, unknown>;

/**
 * The JSX runtime of this extension (`webpack.config.cjs` puts it in the place of `react/jsx-runtime`).
 *
 * Each of its thousand calls is then a name in the one module, not a member of another; and no copy of React's
 * own runtime, which reaches into the React that Lab has, is part of what is built.
 */
export function jsx(type: Type, props: Props, key?: Key, ...children: ReactNode[]): ReactElement {
  // Children are in the properties already, which an element takes as they are.
  return createElement(type, key === undefined ? props : { ...props, key }, ...children);
}

/** Several children that are written one by one: told one by one, they need no keys. */
export function jsxs(type: Type, props: Props, key?: Key): ReactElement {
  return jsx(type, props, key, ...(props['children'] as ReactNode[]));
}

export { Fragment };
