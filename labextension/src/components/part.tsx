import { Component, type ReactNode } from 'react';

import { Problem } from './banner';
import { useLab } from './lab';

interface IProps {
  /** What stands in the place of a part that broke. */
  said: (error: Error, again: () => void) => JSX.Element;
  children: ReactNode;
}

class Boundary extends Component<IProps, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error === null
      ? this.props.children
      : this.props.said(error, () => this.setState({ error: null }));
  }
}

/** A part of the panel that may break by itself: the others stay, and it says what happened. */
export function Part({ children }: { children: ReactNode }): JSX.Element {
  const { trans } = useLab();
  return (
    <Boundary
      said={(error, again) => (
        <Problem
          problem={{
            message: trans.__('this part of the panel broke: %1', error.message),
            remedy: trans.__(
              'Nothing that was decided is lost; this is a fault of jupyter-coimprove.'
            )
          }}
          retry={again}
        />
      )}
    >
      {children}
    </Boundary>
  );
}
