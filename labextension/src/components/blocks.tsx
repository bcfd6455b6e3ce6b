import { Fragment, type ReactNode } from 'react';

import type { DrawnBlock, Tone } from '../api';
import { Diff } from './diff';
import { useLab } from './lab';
import { visible } from './markdown';
import { picture } from './markdown/safe';

/** A command as other doors show it: `coimprove VERB …`. */
const COMMAND = /^coimprove (\S.*)$/s;

/** An answer as it is drawn: what to do next can be taken up by a press, and is only written, not carried out. */
export function Blocks({
  blocks,
  take
}: {
  blocks: readonly DrawnBlock[];
  /** Write this line where lines are typed; where it is missing, commands are text. */
  take?: (line: string) => void;
}): JSX.Element {
  return (
    <div className="coai-Blocks">
      {blocks.map((block, number) => (
        <One key={number} block={block} take={take} />
      ))}
    </div>
  );
}

function One({
  block,
  take
}: {
  block: DrawnBlock;
  take: ((line: string) => void) | undefined;
}): JSX.Element | null {
  switch (block.block) {
    case 'Heading': {
      const Tag = block.level === 1 ? 'p' : 'h4';
      return <Tag className={`coai-Blocks-${block.level}`}>{visible(block.text)}</Tag>;
    }
    case 'Line':
      return <p className={toneOf(block.tone)}>{visible(block.text)}</p>;
    case 'Items':
      return (
        <ul className={`coai-Blocks-items ${toneOf(block.tone)}`}>
          {block.texts.map((text, number) => (
            <li key={number}>
              <span className="coai-Blocks-mark">{block.mark} </span>
              {block.mark === '→' ? <Next text={text} take={take} /> : visible(text)}
            </li>
          ))}
        </ul>
      );
    case 'Facts':
      return (
        <dl className="coai-Facts">
          {block.pairs.map(([name, value], number) => (
            <Fragment key={number}>
              <dt>{visible(name)}</dt>
              <dd>{visible(value)}</dd>
            </Fragment>
          ))}
        </dl>
      );
    case 'Table':
      return <Table block={block} />;
    case 'Diff':
      return (
        <details>
          <summary>{visible(block.title)}</summary>
          <Diff text={block.text} />
        </details>
      );
    case 'Verbatim':
      return <pre className="coai-Code">{visible(block.text)}</pre>;
    case 'Shown':
      return <Shown block={block} />;
    default:
      // Of a newer server: what it says is not lost, if not drawn.
      return <pre className="coai-Code">{visible(JSON.stringify(block, null, 1))}</pre>;
  }
}

/** What to do next: a command is a button that writes it; anything else is a sentence. */
function Next({
  text,
  take
}: {
  text: string;
  take: ((line: string) => void) | undefined;
}): JSX.Element {
  const { trans } = useLab();
  const command = COMMAND.exec(text)?.[1];
  if (!command || !take) {
    return <>{visible(text)}</>;
  }
  return (
    <button
      type="button"
      className="coai-Link"
      title={trans.__('Write this line below')}
      onClick={() => take(`/${command}`)}
    >
      {visible(`/${command}`)}
    </button>
  );
}

/** What the notebook's own code shows of an item: an image that is in the text itself, or text; nothing of it is markup. */
function Shown({ block }: { block: Extract<DrawnBlock, { block: 'Shown' }> }): JSX.Element {
  const source = block.kind.startsWith('image/')
    ? picture(`data:${block.kind};base64,${block.data}`)
    : null;
  return (
    <figure className="coai-Blocks-shown">
      {source !== null && <img src={source} alt={visible(block.title)} />}
      {block.kind === 'text/plain' && <pre className="coai-Code">{visible(block.data)}</pre>}
      <figcaption title={visible(block.file)}>{visible(block.title)}</figcaption>
    </figure>
  );
}

/** A longer text has room to be read: the table is scrolled, its rows do not grow into columns. */
const LONG = 40;

function cellClass(isNumber: boolean, text: string): string | undefined {
  return isNumber ? 'coai-mod-right' : text.length > LONG ? 'coai-mod-long' : undefined;
}

function Table({ block }: { block: Extract<DrawnBlock, { block: 'Table' }> }): JSX.Element {
  return (
    <div className="coai-TableBox" tabIndex={0}>
      <table>
        {block.columns.some(column => column.title) && (
          <thead>
            <tr>
              {block.columns.map((column, number) => (
                <th
                  key={number}
                  scope="col"
                  className={column.number ? 'coai-mod-right' : undefined}
                >
                  {visible(column.title)}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {block.rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, at) => (
                <td key={at} className={cellClass(block.columns[at]?.number ?? false, cell.text)}>
                  <Fixed fixed={cell.fixed || (block.columns[at]?.fixed ?? false)}>
                    <span className={toneOf(cell.tone)}>{visible(cell.text)}</span>
                  </Fixed>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Fixed({ fixed, children }: { fixed: boolean; children: ReactNode }): JSX.Element {
  return fixed ? <code className="coai-Blocks-fixed">{children}</code> : <>{children}</>;
}

function toneOf(tone: Tone): string {
  return tone ? `coai-tone-${tone}` : '';
}
