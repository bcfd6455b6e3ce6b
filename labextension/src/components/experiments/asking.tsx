import { Dialog, showDialog } from '@jupyterlab/apputils';
import { UUID } from '@lumino/coreutils';
import { useEffect, useRef, useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import type { Answers, Arguments, VerbName } from '../../api';
import { Problem } from '../banner';
import { useLab } from '../lab';

/** A verb under way: what it is, how far, and what came of it. */
export interface IAsking {
  /** What is under way; empty for nothing. */
  readonly label: string;
  readonly told: string;
  readonly problem: ApiError | null;
  /** The view, or null where it was refused; `problem` says why. */
  ask<V extends VerbName>(
    verb: V,
    args: Arguments[V],
    path: string,
    label: string
  ): Promise<Answers[V] | null>;
  cancel(): void;
}

export function useAsking(): IAsking {
  const { coimprove } = useLab();
  const { events, verbs } = coimprove.api;
  const [label, setLabel] = useState('');
  const [told, setTold] = useState('');
  const [problem, setProblem] = useState<ApiError | null>(null);
  const request = useRef('');
  const abort = useRef<AbortController | null>(null);
  useEffect(() => {
    const hear = (_: unknown, progress: { request: string; text: string }): void => {
      if (progress.request === request.current) {
        setTold(progress.text);
      }
    };
    events.progress.connect(hear);
    return () => void events.progress.disconnect(hear);
  }, [events]);
  return {
    label,
    told,
    problem,
    ask: async (verb, args, path, label) => {
      request.current = UUID.uuid4();
      abort.current = new AbortController();
      setLabel(label);
      setTold('');
      setProblem(null);
      try {
        const options = { request: request.current, signal: abort.current.signal };
        return await verbs.call(verb, args, path, options);
      } catch (error) {
        setProblem(asApiError(error));
        return null;
      } finally {
        request.current = '';
        setLabel('');
      }
    },
    cancel: () => abort.current?.abort()
  };
}

/** What is under way, with a way to stop it; or why it was refused. */
export function Asking({ asking }: { asking: IAsking }): JSX.Element {
  const { trans } = useLab();
  return (
    <>
      <div role="status" className="coai-Asking">
        {asking.label && (
          <>
            <span>{asking.told ? `${asking.label}: ${asking.told}` : asking.label}</span>
            <button type="button" className="coai-Link" onClick={asking.cancel}>
              {trans.__('Stop')}
            </button>
          </>
        )}
      </div>
      {asking.problem && <Problem problem={asking.problem} />}
    </>
  );
}

/** Ask the person before something that is recorded; the safe answer has the focus. */
export async function confirm(
  title: string,
  body: string,
  yes: string,
  no: string
): Promise<boolean> {
  const answer = await showDialog({
    title,
    body,
    buttons: [Dialog.cancelButton({ label: no }), Dialog.okButton({ label: yes })],
    focusNodeSelector: '.jp-mod-reject'
  });
  return answer.button.accept;
}
