import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';

import { useLab } from '../lab';

function onEscape(cancel: () => void): (event: KeyboardEvent) => void {
  return event => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      cancel();
    }
  };
}

/** Why not, in one line; the last reasons are offered. */
export function RejectForm({
  count,
  reasons,
  submit,
  cancel
}: {
  /** How many are rejected. */
  count: number;
  reasons: readonly string[];
  submit: (reason: string) => void;
  cancel: () => void;
}): JSX.Element {
  const { trans } = useLab();
  const [reason, setReason] = useState('');
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <form
      className="coai-Form"
      onSubmit={event => {
        event.preventDefault();
        submit(reason.trim());
      }}
      onKeyDown={onEscape(cancel)}
    >
      <label htmlFor={id}>{trans.__('Reason, in one line')}</label>
      <input
        ref={field}
        id={id}
        className="coai-Input"
        list={`${id}-last`}
        maxLength={500}
        autoComplete="off"
        value={reason}
        onChange={event => setReason(event.target.value)}
        onKeyDown={event => {
          // Below a cell of a notebook, Chromium does not submit a form by Enter by itself.
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            event.preventDefault();
            submit(reason.trim());
          }
        }}
      />
      <datalist id={`${id}-last`}>
        {reasons.map(one => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <div className="coai-Actions">
        <button type="submit" className="coai-Button coai-mod-primary">
          {trans._n('Reject', 'Reject %1', count)}
        </button>
        <button type="button" className="coai-Button" onClick={cancel}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}

/** A finding in the person's own words. */
export function EditForm({
  text,
  submit,
  cancel
}: {
  text: string;
  submit: (text: string) => void;
  cancel: () => void;
}): JSX.Element {
  const { trans } = useLab();
  const [words, setWords] = useState(text);
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const same = words.trim() === '' || words.trim() === text.trim();
  return (
    <form
      className="coai-Form"
      onSubmit={event => {
        event.preventDefault();
        submit(words.trim());
      }}
      onKeyDown={onEscape(cancel)}
    >
      <label htmlFor={id}>{trans.__('In your own words')}</label>
      <textarea
        ref={field}
        id={id}
        className="coai-Input"
        rows={5}
        value={words}
        onChange={event => setWords(event.target.value)}
      />
      <div className="coai-Actions">
        <button type="submit" className="coai-Button coai-mod-primary" disabled={same}>
          {trans.__('Accept as edited')}
        </button>
        <button type="button" className="coai-Button" onClick={cancel}>
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}
