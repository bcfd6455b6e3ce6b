import { useEffect, useState } from 'react';

import { type Answers, type ApiError, type Arguments, asApiError, type VerbName } from '../../api';
import { useLab } from '../lab';

export interface IAsked<V extends VerbName> {
  readonly view: Answers[V] | null;
  readonly problem: ApiError | null;
}

/** What a verb that only reads says, asked again after events of these kinds in its root. */
export function useAsked<V extends VerbName>(
  verb: V,
  args: Arguments[V],
  door: string,
  root: string,
  kinds: readonly string[]
): IAsked<V> {
  const { coimprove } = useLab();
  const { verbs, events } = coimprove.api;
  const [asked, setAsked] = useState<IAsked<V>>({ view: null, problem: null });
  const key = `${JSON.stringify(args)}\n${kinds.join()}`;
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      verbs.call(verb, args, door).then(
        view => isCurrent && setAsked({ view, problem: null }),
        (error: unknown) => isCurrent && setAsked({ view: null, problem: asApiError(error) })
      );
    };
    const hear = (_: unknown, event: { root: string; type: string }): void => {
      if (event.root === root && kinds.includes(event.type.split('.')[0] ?? '')) {
        // Events come in bursts: one look after the last.
        clearTimeout(timer);
        timer = setTimeout(ask, 300);
      }
    };
    ask();
    events.event.connect(hear);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      events.event.disconnect(hear);
    };
    // The arguments are another object each time; they are others when their text is.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [verbs, events, verb, door, root, key]);
  return asked;
}
