import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';

import type { VerbTable } from '../../api';

import { complete, type INamed, mentioned } from '../../model';
import { useLab } from '../lab';
import { visible } from '../markdown';
import { Things } from './entry';
import { useDroppedCells } from './dropping';

export interface IComposerProps {
  readonly text: string;
  readonly change: (text: string) => void;
  readonly named: readonly INamed[];
  /** What was typed before, the last first. */
  readonly typed: readonly string[];
  readonly isBusy: boolean;
  readonly say: () => void;
  readonly go: (thing: INamed) => void;
  readonly dropped: (ids: readonly string[]) => void;
}

/** Where lines are typed. Enter says it, Shift+Enter is a new line, the arrows choose a completion or an old line. */
export function Composer(props: IComposerProps): JSX.Element {
  const { text, change, named, typed, isBusy } = props;
  const { coimprove, trans } = useLab();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [cursor, setCursor] = useState(text.length);
  const [chosen, setChosen] = useState(0);
  const [isClosed, setIsClosed] = useState(true);
  const [back, setBack] = useState(-1);
  const [table, setTable] = useState<VerbTable>({});
  const { verbs } = coimprove.api;
  useEffect(() => {
    // Without it nothing is completed; that the server does not answer is said above.
    verbs.table().then(setTable, () => setTable({}));
  }, [verbs]);
  useDroppedCells(field, props.dropped);
  const { from, all } = complete(text, Math.min(cursor, text.length), named, table);
  const options = isClosed ? [] : all;
  const at = Math.min(chosen, options.length - 1);

  const write = (next: string, where = next.length): void => {
    change(next);
    setCursor(where);
    requestAnimationFrame(() => field.current?.setSelectionRange(where, where));
  };
  const take = (option: string): void => {
    const space = text.slice(cursor).startsWith(' ') ? '' : ' ';
    const head = text.slice(0, from) + option + space;
    write(head + text.slice(cursor), head.length);
    setChosen(0);
  };

  const keys = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) {
      return;
    }
    const open = options.length > 0;
    const old = (step: number): void => {
      const next = Math.max(-1, Math.min(typed.length - 1, back + step));
      setBack(next);
      write(typed[next] ?? '');
      setIsClosed(true);
    };
    const does: Record<string, (() => void) | false> = {
      ArrowDown: open ? () => setChosen((at + 1) % options.length) : back >= 0 && (() => old(-1)),
      ArrowUp: open
        ? () => setChosen((at + options.length - 1) % options.length)
        : (text === '' || back >= 0) && typed.length > 0 && (() => old(1)),
      Tab: open && !event.shiftKey && (() => take(options[at]?.text ?? '')),
      Escape: open && (() => setIsClosed(true)),
      Enter:
        !event.shiftKey &&
        (() => {
          if (!isBusy) {
            setBack(-1);
            setIsClosed(true);
            props.say();
          }
        })
    };
    const act = does[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  };
  return (
    <div className="coai-Composer">
      <Things things={mentioned(text, named)} go={props.go} />
      {options.length > 0 && (
        <ul
          className="coai-Completions"
          role="listbox"
          id={`${id}-list`}
          aria-label={trans.__('Completions')}
        >
          {options.map((option, number) => (
            <li
              key={option.text}
              id={`${id}-${number}`}
              role="option"
              aria-selected={number === at}
              className="coai-Completion"
              onMouseDown={event => {
                // The field keeps the keyboard.
                event.preventDefault();
                take(option.text);
              }}
            >
              <span className="coai-Completion-text">{visible(option.text)}</span>
              <span className="coai-Muted">{visible(option.about)}</span>
            </li>
          ))}
        </ul>
      )}
      <textarea
        ref={field}
        className="coai-Input coai-Composer-field"
        rows={Math.min(6, text.split('\n').length + 1)}
        maxLength={8000}
        value={text}
        data-coai-begin=""
        tabIndex={0}
        role="combobox"
        aria-label={trans.__('A verb or a question')}
        aria-autocomplete="list"
        aria-expanded={options.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={options.length > 0 ? `${id}-${at}` : undefined}
        placeholder={trans.__('/verb, or a question; @ names a cell, run or finding')}
        onChange={event => {
          change(event.target.value);
          setCursor(event.target.selectionStart);
          setIsClosed(false);
          setChosen(0);
          setBack(-1);
        }}
        onSelect={event => setCursor(event.currentTarget.selectionStart)}
        onBlur={() => setIsClosed(true)}
        onKeyDown={keys}
      />
    </div>
  );
}
