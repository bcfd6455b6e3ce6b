import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { ReactNode } from 'react';

import { useLab } from '../lab';
import { destination, visible } from './safe';

/**
 * A link that a text brought: its host is shown, and it opens only after the person has seen the whole address.
 *
 * It is a button without an address in the page: no click of any kind, no drag and no prefetch goes past the question.
 */
export function Link({ href, children }: { href: string; children: ReactNode }): JSX.Element {
  const { trans } = useLab();
  const to = destination(href);
  if (to === null) {
    return (
      <span className="coai-NoLink">
        {children} <span className="coai-Muted">({trans.__('no link: %1', short(href))})</span>
      </span>
    );
  }
  const open = async (): Promise<void> => {
    const answer = await showDialog({
      title: trans.__('Open %1?', to.host),
      body: trans.__(
        'This link came with a text that a model or another person may have written. It goes to %1',
        to.url
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Stay here') }),
        Dialog.okButton({ label: trans.__('Open %1', to.host) })
      ],
      focusNodeSelector: '.jp-mod-reject'
    });
    if (answer.button.accept) {
      window.open(to.url, '_blank', 'noopener,noreferrer');
    }
  };
  return (
    <button type="button" role="link" className="coai-Link" onClick={() => void open()}>
      {children} <span className="coai-Link-host">({to.host})</span>
    </button>
  );
}

function short(text: string): string {
  const shown = visible(text);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
