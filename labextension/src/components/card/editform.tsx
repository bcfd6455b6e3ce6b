import { useState } from 'react';

import { CodeEdit } from './code';
import { sourcesOf, useShown } from './content';
import type { CardControl } from './control';
import { MARKDOWN, useCards } from './surroundings';

/** What waits as the person would have it, in the card's own editor; Ctrl+Enter accepts it so, Escape leaves. */
export function EditForm({ control }: { control: CardControl }): JSX.Element {
  const { trans, mimeOf } = useCards();
  const { shown } = useShown(control.row);
  const [words, setWords] = useState<Readonly<Record<number, string>>>({});
  if (shown === null) {
    return <p className="coai-Muted">{trans.__('Reading…')}</p>;
  }
  const isProposal = shown.view === 'ProposalView';
  const texts = isProposal
    ? sourcesOf(shown).map(change => ({
        text: change.source,
        mime: mimeOf(change.cell_kind, shown.language),
        number: shown.changes.indexOf(change) + 1
      }))
    : [
        {
          text: shown.view === 'FindingView' ? shown.claim : control.row.title,
          mime: MARKDOWN,
          number: 0
        }
      ];
  const now = texts.map(one => ({ ...one, now: words[one.number] ?? one.text }));
  const others = now.filter(one => one.now.trim() !== one.text.trim());
  const isBad = others.length === 0 || others.some(one => one.now.trim() === '');
  const submit = (): void =>
    void control.decide(
      'edit',
      isProposal
        ? { set: others.map(one => `${one.number}=${one.now}`) }
        : { text: (others[0]?.now ?? '').trim() }
    );
  const cancel = (): void => {
    control.show(null);
    control.focus();
  };
  return (
    <form
      className="coai-Form"
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          cancel();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !isBad) {
          submit();
        } else {
          return;
        }
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <span className="coai-Muted">
        {isProposal ? trans.__('As you would have it') : trans.__('In your own words')}
      </span>
      {texts.map(({ text, mime, number }) => (
        <CodeEdit
          key={number}
          text={text}
          mime={mime}
          label={
            number > 0 ? trans.__('Source of change %1', number) : trans.__('In your own words')
          }
          hasFocus={number === texts[0]?.number}
          changed={written => setWords(known => ({ ...known, [number]: written }))}
        />
      ))}
      <div className="coai-Actions">
        <button
          type="submit"
          className="coai-Button coai-mod-primary"
          disabled={isBad || !control.canDecide}
          aria-keyshortcuts="Control+Enter"
        >
          {trans.__('Accept as edited')}
        </button>
        <button type="button" className="coai-Button" onClick={cancel}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}
