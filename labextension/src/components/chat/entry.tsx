import type { IEntry } from '../../api';
import { mentioned, type INamed } from '../../model';
import { Blocks } from '../blocks';
import { useLab } from '../lab';
import { Markdown, visible } from '../markdown';
import type { Propose } from '../markdown/code';

/** One line and its answer. */
export function Entry({
  entry,
  named,
  go,
  take,
  propose,
  anew,
  show,
  answer: reply
}: {
  entry: IEntry;
  named: readonly INamed[];
  go: (thing: INamed) => void;
  take: (line: string) => void;
  propose: Propose;
  /** Say this one anew. */
  anew: () => void;
  /** Put the branch with another version of it in front. */
  show: (id: string) => void;
  /** Answer what is asked here; missing where it is answered, or while something is under way. */
  answer?: ((text: string) => void) | undefined;
}): JSX.Element {
  const { trans } = useLab();
  const things = mentioned(entry.text, named);
  const { answer, error } = entry;
  return (
    <li className="coai-Entry">
      <div className="coai-Entry-said">
        <span className="coai-hidden">{trans.__('You:')} </span>
        {visible(entry.text)}
        <Things things={things} go={go} />
        <Versions entry={entry} anew={anew} show={show} />
      </div>
      <div className="coai-Entry-answer">
        {answer && (
          <>
            <span className="coai-hidden">{trans.__('Answer:')} </span>
            {answer.view?.view === 'AskView' && (
              <Markdown text={answer.view.text} propose={propose} />
            )}
            <Asked answer={answer} take={take} reply={reply} />
          </>
        )}
        {error?.code === 'interrupted' && (
          <p className="coai-Muted">
            {trans.__('Stopped.')} {visible(error.remedy)}
          </p>
        )}
        {error && error.code !== 'interrupted' && (
          <div className="coai-Problem">
            <p>
              <strong>{trans.__('Refused:')}</strong> {visible(error.message)}
            </p>
            {error.remedy && <p>{visible(error.remedy)}</p>}
          </div>
        )}
      </div>
    </li>
  );
}

/** What was answered; the answers that a question of its own offers are buttons, which answer as typed text would. */
function Asked({
  answer: { blocks, view },
  take,
  reply
}: {
  answer: NonNullable<IEntry['answer']>;
  take: (line: string) => void;
  reply: ((text: string) => void) | undefined;
}): JSX.Element {
  const { trans } = useLab();
  const ask = view?.view === 'AskView' ? view : null;
  const at = blocks.findIndex(
    ({ block, ...is }) =>
      block === 'Items' && 'texts' in is && is.texts.join('\n') === ask?.options.join('\n')
  );
  if (!ask || at < 0) {
    return <Blocks blocks={blocks} take={take} />;
  }
  return (
    <>
      <Blocks blocks={blocks.slice(0, at)} take={take} />
      <div className="coai-Things" role="group" aria-label={trans.__('Answers to choose from')}>
        {ask.options.map((option, number) => (
          <button
            key={number}
            type="button"
            className="coai-Button"
            disabled={!reply}
            onClick={() => reply?.(option)}
          >
            {visible(option)}
          </button>
        ))}
      </div>
      <Blocks blocks={blocks.slice(at + 1)} take={take} />
    </>
  );
}

/** A question may be said anew; what it was before stays a press away. */
function Versions({
  entry: { id, answer, versions = [] },
  anew,
  show
}: {
  entry: IEntry;
  anew: () => void;
  show: (id: string) => void;
}): JSX.Element | null {
  const { trans } = useLab();
  if (answer?.view?.view !== 'AskView') {
    return null;
  }
  const at = versions.indexOf(id);
  const step = (by: number, name: string, sign: string): JSX.Element | null =>
    versions.length > 1 ? (
      <button
        type="button"
        className="coai-Link"
        aria-label={name}
        disabled={!versions[at + by]}
        onClick={() => show(versions[at + by] ?? id)}
      >
        {sign}
      </button>
    ) : null;
  return (
    <div className="coai-Versions">
      {step(-1, trans.__('What was asked here before'), '‹')}
      {versions.length > 1 && <span>{`${at + 1}/${versions.length}`}</span>}
      {step(1, trans.__('What was asked here after'), '›')}
      <button type="button" className="coai-Link" onClick={anew}>
        {trans.__('Say anew')}
      </button>
    </div>
  );
}

/** What a line names, as presses that go there. */
export function Things({
  things,
  go
}: {
  things: readonly INamed[];
  go: (thing: INamed) => void;
}): JSX.Element | null {
  const { trans } = useLab();
  if (things.length === 0) {
    return null;
  }
  return (
    <div className="coai-Things" role="group" aria-label={trans.__('What this names')}>
      {things.map(thing => (
        <button
          key={`${thing.kind}${thing.name}`}
          type="button"
          className="coai-Chip"
          onClick={() => go(thing)}
        >
          {thing.kind === 'cell' ? trans.__('cell %1', thing.name) : thing.name}
          <span className="coai-Muted"> {visible(thing.about).slice(0, 60)}</span>
        </button>
      ))}
    </div>
  );
}
