import { Fragment, type ReactNode, useMemo } from 'react';

import { useLab } from '../lab';
import { parsed } from './blocks';
import { CodeBlock, type Propose as ProposeCode } from './code';
import { Link } from './link';
import { picture, visible } from './safe';
import type { Block, Inline } from './tokens';

export interface IMarkdownProps {
  readonly text: string;
  /** Offered beside each block of code, where code can be proposed. */
  readonly propose?: ProposeCode | undefined;
}

/**
 * Markdown from models, records and notebooks, drawn by an allow-list: React elements made from blocks, never HTML.
 *
 * HTML in it is shown as text. Only pictures that are in the text itself are shown; a link is confirmed before it
 * opens; no id, class, style or attribute comes from the text. Mathematics is shown as TeX: a typesetter would make
 * links, classes and styles of what the text says (`\href`, `\class`, `\style`, and macros that others defined).
 */
export function Markdown({ text, propose }: IMarkdownProps): JSX.Element {
  const blocks = useMemo(() => parsed(text), [text]);
  return (
    <div className="coai-Markdown">
      <Blocks of={blocks} propose={propose} />
    </div>
  );
}

type Propose = IMarkdownProps['propose'];

function Blocks({ of, propose }: { of: readonly Block[]; propose: Propose }): JSX.Element {
  return (
    <>
      {of.map((block, number) => (
        <One key={number} block={block} propose={propose} />
      ))}
    </>
  );
}

/** One block. */
function One({ block, propose }: { block: Block; propose: Propose }): JSX.Element {
  switch (block.type) {
    case 'heading':
      return <Heading level={block.level}>{pieces(block.inside)}</Heading>;
    case 'paragraph':
      return <p>{pieces(block.inside)}</p>;
    case 'quote':
      return (
        <blockquote>
          <Blocks of={block.blocks} propose={propose} />
        </blockquote>
      );
    case 'hr':
      return <hr />;
    case 'code':
      return <CodeBlock text={block.text} language={block.language} propose={propose} />;
    case 'math':
      return <p className="coai-Math">{tex(block.text)}</p>;
    case 'list':
      return <List list={block} propose={propose} />;
    case 'table':
      return <Table table={block} />;
  }
}

const pieces = (of: readonly Inline[]): ReactNode =>
  of.map((piece, number) => <Fragment key={number}>{drawn(piece)}</Fragment>);

/** One piece of a line. */
function drawn(piece: Inline): ReactNode {
  switch (piece.type) {
    case 'text':
      return visible(piece.text);
    case 'code':
      return <code>{visible(piece.text)}</code>;
    case 'math':
      return <span className="coai-Math">{tex(piece.text)}</span>;
    case 'br':
      return <br />;
    case 'em':
      return <em>{pieces(piece.inside)}</em>;
    case 'strong':
      return <strong>{pieces(piece.inside)}</strong>;
    case 'del':
      return <del>{pieces(piece.inside)}</del>;
    case 'link':
      return <Link href={piece.href}>{pieces(piece.inside)}</Link>;
    case 'image':
      return <Picture source={piece.href} alt={piece.alt} />;
  }
}

const tex = (text: string): JSX.Element => <code>{visible(text.trim())}</code>;

/** The panel has headings of its own: those of a text begin below them. */
function Heading({ level, children }: { level: number; children: ReactNode }): JSX.Element {
  const Tag = `h${Math.min(6, level + 2)}` as 'h3' | 'h4' | 'h5' | 'h6';
  return <Tag>{children}</Tag>;
}

function Picture({ source, alt }: { source: string; alt: string }): JSX.Element {
  const { trans } = useLab();
  const data = picture(source);
  return data === null ? (
    <span className="coai-Muted">
      {trans.__('[picture not loaded: %1]', visible(alt || source))}
    </span>
  ) : (
    <img src={data} alt={visible(alt)} />
  );
}

function List({
  list,
  propose
}: {
  list: Block & { type: 'list' };
  propose: Propose;
}): JSX.Element {
  const items = list.items.map((item, number) => (
    <li key={number}>
      {item.isDone !== null && (
        <input type="checkbox" checked={item.isDone} disabled readOnly tabIndex={-1} />
      )}
      {item.blocks.map((block, place) =>
        block.type === 'paragraph' && !list.isLoose ? (
          <Fragment key={place}>{pieces(block.inside)}</Fragment>
        ) : (
          <One key={place} block={block} propose={propose} />
        )
      )}
    </li>
  ));
  return list.start === null ? <ul>{items}</ul> : <ol start={list.start}>{items}</ol>;
}

function Table({ table }: { table: Block & { type: 'table' } }): JSX.Element {
  const aligned = (column: number): string | undefined =>
    table.sides[column] === 'left' ? undefined : `coai-mod-${table.sides[column]}`;
  return (
    <div className="coai-TableBox" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, number) => (
              <th key={number} scope="col" className={aligned(number)}>
                {pieces(cell)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, number) => (
            <tr key={number}>
              {row.map((cell, column) => (
                <td key={column} className={aligned(column)}>
                  {pieces(cell)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A line of text that somebody wrote and that is no Markdown: what hides or reorders is spelled out. */
export function Text({ children }: { children: string }): JSX.Element {
  return <Fragment>{visible(children)}</Fragment>;
}
