import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { asApiError, type Answers, type Arguments, type VerbName } from '../api';
import type { ICoimprove } from '../tokens';

/**
 * Carry out a verb that takes its time: how far it is stands in a notification, with a button that cancels it.
 *
 * Resolves with the view, or with null where it was refused or cancelled; the notification says why.
 */
export async function carryOut<V extends VerbName>(
  { api }: ICoimprove,
  trans: TranslationBundle,
  label: string,
  verb: V,
  args: Arguments[V],
  path: string
): Promise<Answers[V] | null> {
  const request = UUID.uuid4();
  const cancel = new AbortController();
  const actions = [{ label: trans.__('Cancel'), callback: () => cancel.abort() }];
  const id = Notification.emit(label, 'in-progress', { autoClose: false, actions });
  const told = (_: unknown, progress: { request: string; text: string }): void => {
    if (progress.request === request) {
      Notification.update({ id, message: `${label}: ${progress.text}`, actions });
    }
  };
  api.events.progress.connect(told);
  try {
    const view = await api.verbs.call(verb, args, path, { request, signal: cancel.signal });
    const message = [view.summary, ...view.warnings].join('\n');
    Notification.update({ id, message, type: 'success', autoClose: 8000, actions: [] });
    return view;
  } catch (error) {
    const { message, remedy } = asApiError(error);
    const text = remedy ? `${message}: ${remedy}` : message;
    Notification.update({ id, message: text, type: 'error', autoClose: false, actions: [] });
    return null;
  } finally {
    api.events.progress.disconnect(told);
  }
}
