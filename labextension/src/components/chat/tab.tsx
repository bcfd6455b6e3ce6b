import { useCallback, useEffect, useRef, useState } from 'react';

import type { IEntry } from '../../api';
import { type INamed, mention, resolved } from '../../model';
import { Problem } from '../banner';
import { useLab, useSignals } from '../lab';
import { Markdown, visible } from '../markdown';
import { Composer } from './composer';
import { Entry } from './entry';
import { quoted, useNamed } from './named';
import { proposer } from './proposing';
import { ProviderChoice } from './provider';

/** The conversation of the notebook in front; without a model it is a command palette, and says so. */
export function ChatTab(): JSX.Element {
  const { coimprove, trans } = useLab();
  useSignals(coimprove.books.changed);
  const path = coimprove.books.current;
  if (path === null) {
    return <p className="coai-Empty">{trans.__('Open a notebook to talk about it.')}</p>;
  }
  return <Talk key={path} path={path} />;
}

function Talk({ path }: { path: string }): JSX.Element {
  const lab = useLab();
  const { coimprove, panel, trans } = lab;
  const { conversations } = coimprove.models;
  const { ai, health } = coimprove;
  useSignals(conversations.changed, health.changed, ai.changed, ai.providerChanged);
  const [text, setText] = useState('');
  const [anew, setAnew] = useState<IEntry | null>(null);
  const named = useNamed(path);
  const { entries, underWay, problem, answers } = conversations.of(path);
  const model = conversations.answering(path)?.model ?? '';
  const end = useRef<HTMLLIElement>(null);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => void conversations.read(path), [conversations, path]);
  useEffect(() => {
    // Browsers that scroll smoothly give a promise, which is no way to end an effect.
    void end.current?.scrollIntoView({ block: 'nearest' });
  }, [entries.length, underWay]);

  const take = (line: string): void => {
    setText(line);
    root.current?.querySelector('textarea')?.focus();
  };
  const go = (thing: INamed): void => {
    if (thing.kind === 'cell') {
      void coimprove.reveal(path, Number(thing.name));
    } else if (thing.kind === 'experiment') {
      coimprove.models.experiments.select(thing.name);
      panel.open('experiments');
    } else if (thing.kind === 'finding') {
      panel.open('record');
    } else {
      take(`/show ${thing.name}`);
    }
  };
  const dropped = useCallback(
    (ids: readonly string[]) => {
      const cells = lab.cells?.(path) ?? [];
      const words = cells.filter(cell => ids.includes(cell.id)).map(cell => `@cell${cell.number}`);
      setText(before => [before.trimEnd(), ...words].filter(Boolean).join(' ') + ' ');
    },
    [lab, path]
  );
  /** Say what was typed, or one of the answers that were offered: then what is typed stays. */
  const say = (offered?: string): void => {
    const line = offered ?? text.trim();
    if (line === '') {
      return;
    }
    if (offered === undefined) {
      setText('');
    }
    setAnew(null);
    const isQuestion = !line.startsWith('/') || line.startsWith('/ask ');
    const around = isQuestion ? () => lab.around?.(path) ?? Promise.resolve({}) : undefined;
    const whole = line.startsWith('/') ? resolved(line, named) : line;
    void conversations.say(path, whole, around, isQuestion && !offered ? anew?.id : undefined);
  };
  const answerWith = (option: string): void => {
    // A model wrote it: it is words to it, and never a verb.
    const line = option.trim();
    say(line.startsWith('/') ? `/ask ${quoted(line)}` : line);
    root.current?.querySelector('textarea')?.focus();
  };
  const mentions =
    named
      .map(mention)
      .filter(word => text.split(/\s/).includes(word))
      .join(', ') || trans.__('nothing');
  return (
    <div ref={root} className="coai-Chat">
      <p className="coai-Chat-about">
        {model
          ? trans.__(
              '%1 answers questions; lines that begin with / are computed here. What it proposes waits for you.',
              visible(model)
            )
          : trans.__(
              'No model is asked: verbs are computed, a question gets commands that could answer it. A model would read the notebook and answer in words.'
            )}
      </p>
      {problem && <Problem problem={problem} retry={() => void conversations.read(path)} />}
      <ol
        className="coai-Entries"
        aria-label={trans.__('Conversation')}
        aria-live="polite"
        tabIndex={0}
      >
        {entries.length === 0 && !underWay && (
          <li className="coai-Empty">
            {trans.__('Type / for the verbs, such as')}{' '}
            {['/candidates', '/plan', '/status'].map(verb => (
              <button key={verb} type="button" className="coai-Chip" onClick={() => take(verb)}>
                {verb}
              </button>
            ))}
          </li>
        )}
        {entries.map((entry, number) => (
          <Entry
            key={entry.id}
            entry={entry}
            named={named}
            go={go}
            take={take}
            propose={proposer(lab, path, entry)}
            anew={() => {
              setAnew(entry);
              take(entry.text);
            }}
            show={id => void conversations.show(path, id)}
            answer={underWay || number < entries.length - 1 ? undefined : answerWith}
          />
        ))}
        {underWay && (
          <li className="coai-Entry" aria-busy="true">
            <div className="coai-Entry-said">{visible(underWay.text)}</div>
            {underWay.answer && <Markdown text={underWay.answer} />}
            <div className="coai-Entry-answer" role="status">
              {visible(underWay.progress) || trans.__('Working…')}{' '}
              <button
                type="button"
                className="coai-Button"
                onClick={() => void conversations.stop(path)}
              >
                {trans.__('Stop')}
              </button>
            </div>
          </li>
        )}
        <li ref={end} aria-hidden="true" />
      </ol>
      {anew && (
        <p className="coai-Muted">
          {trans.__('Instead of: %1', visible(anew.text).slice(0, 80))}{' '}
          <button type="button" className="coai-Link" onClick={() => setAnew(null)}>
            {trans.__('Go on at the end')}
          </button>
        </p>
      )}
      <Composer
        text={text}
        change={setText}
        named={named}
        typed={conversations.typed(path)}
        isBusy={underWay !== null}
        say={() => say()}
        go={go}
        dropped={dropped}
      />
      <div className="coai-Chat-foot">
        <details>
          <summary>{trans.__('What is sent')}</summary>
          <p>
            {model
              ? trans.__(
                  'With a question the cells of this notebook, what they showed, the findings about it and earlier answers go to the model, secrets masked; a cell tagged coimprove-exclude never does. /ask "…" --show-request shows exactly what. Mentioned now: %1.',
                  mentions
                )
              : trans.__(
                  'Nothing leaves this computer: the line goes to your own Jupyter server, which computes the answer. Mentioned now: %1.',
                  mentions
                )}
          </p>
        </details>
        {answers && <ProviderChoice answers={answers} path={path} />}
        {entries.length > 0 && (
          <button
            type="button"
            className="coai-Link"
            disabled={underWay !== null}
            onClick={() => void conversations.forget(path)}
          >
            {trans.__('Forget this conversation')}
          </button>
        )}
      </div>
    </div>
  );
}
