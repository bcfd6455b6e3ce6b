import { inline } from './inline';
import { type Block, DEEPEST, type IItem, type Side } from './tokens';

/** Longer text is shown as it is: Markdown is for what people read. */
const LONGEST = 100_000;

/** What Markdown says, as blocks; no HTML is ever made of it. */
export function parsed(text: string): Block[] {
  if (text.length > LONGEST) {
    return [{ type: 'paragraph', inside: [{ type: 'text', text }] }];
  }
  return blocks(text.split(/\r\n?|\n/), 0);
}

const FENCE = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*+]|\d{1,9}[.)])([ \t]+(?=\S)|[ \t]*$)/;
const MATH = /^ {0,3}(\$\$|\\\[)/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
const DIVIDER = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;

function blocks(lines: readonly string[], depth: number): Block[] {
  if (depth > DEEPEST) {
    return [{ type: 'paragraph', inside: [{ type: 'text', text: lines.join('\n') }] }];
  }
  const found: Block[] = [];
  // A mathematics that nothing ends is looked for once.
  const unended = new Set<string>();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    let hit: RegExpExecArray | null;
    if (isBlank(line)) {
      at++;
    } else if (indent(line) >= 4) {
      const from = at;
      while (at < lines.length && (isBlank(lines[at] ?? '') || indent(lines[at] ?? '') >= 4)) {
        at++;
      }
      const text = lines.slice(from, at).map(one => outdented(one, 4));
      found.push({ type: 'code', text: text.join('\n').replace(/\n+$/, ''), language: '' });
    } else if ((hit = FENCE.exec(line))) {
      const [, space = '', fence = '', about = ''] = hit;
      const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
      const from = ++at;
      while (at < lines.length && !end.test(lines[at] ?? '')) {
        at++;
      }
      const text = lines.slice(from, at++).map(one => outdented(one, space.length));
      const language = about.trim().split(/\s/)[0] ?? '';
      found.push({ type: 'code', text: text.join('\n'), language });
    } else if ((hit = HEADING.exec(line))) {
      const text = line.slice(hit[0].length).trim();
      const end = /(?:^|[ \t])#+$/.exec(text.slice(-12));
      const inside = inline(end ? text.slice(0, text.length - end[0].length).trim() : text);
      found.push({ type: 'heading', level: (hit[1] ?? '').length, inside });
      at++;
    } else if (RULE.test(line)) {
      found.push({ type: 'hr' });
      at++;
    } else if (QUOTE.test(line)) {
      const inside: string[] = [];
      while (
        at < lines.length &&
        (QUOTE.test(lines[at] ?? '') ||
          (!isBlank(lines[at] ?? '') && !isBlank(inside.at(-1) ?? '') && !begins(lines, at)))
      ) {
        inside.push((lines[at++] ?? '').replace(QUOTE, ''));
      }
      found.push({ type: 'quote', blocks: blocks(inside, depth + 1) });
    } else if (ITEM.test(line)) {
      const { list, next } = listed(lines, at, depth);
      found.push(list);
      at = next;
    } else if ((hit = MATH.exec(line)) && !unended.has(hit[1] ?? '')) {
      const end = hit[1] === '$$' ? '$$' : '\\]';
      const first = line.slice(hit[0].length);
      let last = at;
      const isEnd = (one: string): boolean => one.trimEnd().endsWith(end);
      if (!isEnd(first)) {
        for (last++; last < lines.length && !isEnd(lines[last] ?? '');) {
          last++;
        }
      }
      if (last < lines.length) {
        const all = [first, ...lines.slice(at + 1, last + 1)].join('\n').trimEnd();
        found.push({ type: 'math', text: all.slice(0, -end.length).trim() });
        at = last + 1;
      } else {
        unended.add(hit[1] ?? '');
      }
    } else if (isTable(lines, at)) {
      const { table, next } = tabled(lines, at);
      found.push(table);
      at = next;
    } else {
      const from = at++;
      let level = 0;
      while (at < lines.length && !isBlank(lines[at] ?? '') && level === 0) {
        hit = UNDERLINE.exec(lines[at] ?? '');
        if (hit) {
          level = (hit[1] ?? '')[0] === '=' ? 1 : 2;
        } else if (begins(lines, at)) {
          break;
        }
        at++;
      }
      const text = lines.slice(from, level ? at - 1 : at).map(one => one.trimStart());
      const inside = inline(text.join('\n').trimEnd());
      found.push(level ? { type: 'heading', level, inside } : { type: 'paragraph', inside });
    }
  }
  return found;
}

/** Whether something other than running text begins here, so that it ends a paragraph. */
function begins(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  const item = ITEM.exec(line);
  return (
    FENCE.test(line) ||
    HEADING.test(line) ||
    RULE.test(line) ||
    QUOTE.test(line) ||
    MATH.test(line) ||
    (item !== null && item[0].length < line.length && /^(?:\D|1\D)/.test(item[2] ?? '')) ||
    isTable(lines, at)
  );
}

function listed(
  lines: readonly string[],
  from: number,
  depth: number
): { list: Block; next: number } {
  const items: IItem[] = [];
  const kind = (mark: string): string => mark.at(-1) ?? '';
  const first = ITEM.exec(lines[from] ?? '')?.[2] ?? '';
  let at = from;
  let isLoose = false;
  let wasBlank = false;
  while (at < lines.length) {
    const hit = ITEM.exec(lines[at] ?? '');
    if (!hit || kind(hit[2] ?? '') !== kind(first) || RULE.test(lines[at] ?? '')) {
      break;
    }
    isLoose ||= wasBlank;
    const mark = (hit[1] ?? '').length + (hit[2] ?? '').length;
    const space = (hit[3] ?? '').length;
    // More space than four is the code's in it.
    const width =
      space >= 1 && space <= 4 && hit[0].length < (lines[at] ?? '').length
        ? mark + space
        : mark + 1;
    const inside = [(lines[at++] ?? '').slice(width)];
    const task = /^\[([ xX])\][ \t]+(?=\S)/.exec(inside[0] ?? '');
    if (task) {
      inside[0] = (inside[0] ?? '').slice(task[0].length);
    }
    for (wasBlank = false; at < lines.length; at++) {
      const line = lines[at] ?? '';
      const isInside = indent(line) >= width;
      if (isBlank(line)) {
        wasBlank = true;
        inside.push('');
        continue;
      }
      if (!isInside && (wasBlank || ITEM.test(line) || begins(lines, at))) {
        break;
      }
      isLoose ||= wasBlank && isInside && indent(line) === width && !ITEM.test(line.trimStart());
      wasBlank = false;
      inside.push(outdented(line, width));
    }
    const isDone = task ? task[1] !== ' ' : null;
    items.push({ isDone, blocks: blocks(inside, depth + 1) });
  }
  const start = /^\d/.test(first) ? parseInt(first, 10) : null;
  return { list: { type: 'list', start, isLoose, items }, next: at };
}

function isTable(lines: readonly string[], at: number): boolean {
  const [header, divider] = [lines[at] ?? '', lines[at + 1]];
  return (
    divider !== undefined &&
    header.includes('|') &&
    DIVIDER.test(divider) &&
    cells(header).length === cells(divider).length
  );
}

function tabled(lines: readonly string[], from: number): { table: Block; next: number } {
  const sides = cells(lines[from + 1] ?? '').map((cell): Side =>
    !cell.endsWith(':') ? 'left' : cell.startsWith(':') ? 'center' : 'right'
  );
  const rows: Block & { type: 'table' } = {
    type: 'table',
    sides,
    header: cells(lines[from] ?? '').map(inline),
    rows: []
  };
  const body: ReturnType<typeof inline>[][] = [];
  let at = from + 2;
  while (at < lines.length && !isBlank(lines[at] ?? '') && !begins(lines, at)) {
    const row = cells(lines[at++] ?? '');
    body.push(sides.map((_, column) => inline(row[column] ?? '')));
  }
  return { table: { ...rows, rows: body }, next: at };
}

/** The cells of a row; a bar that is escaped divides nothing. */
function cells(line: string): string[] {
  const row = line.trim().replace(/^\|/, '');
  const found = [''];
  for (const [piece] of row.matchAll(/\\[^]?|\||[^\\|]+/g)) {
    if (piece === '|') {
      found.push('');
    } else {
      found[found.length - 1] += piece === '\\|' ? '|' : piece;
    }
  }
  if (found.length > 1 && isBlank(found.at(-1) ?? '')) {
    found.pop();
  }
  return found.map(cell => cell.trim());
}

const isBlank = (line: string): boolean => line.trim() === '';

/** Columns of space that a line begins with; a tab goes on to the next fourth. */
function indent(line: string): number {
  let columns = 0;
  for (const char of line) {
    if (char === '\t') {
      columns += 4 - (columns % 4);
    } else if (char === ' ') {
      columns++;
    } else {
      break;
    }
  }
  return columns;
}

/** A line without so many columns of space at its beginning, or as many as it has. */
function outdented(line: string, columns: number): string {
  let [at, gone] = [0, 0];
  while (gone < columns && (line[at] === ' ' || line[at] === '\t')) {
    gone += line[at++] === '\t' ? 4 - (gone % 4) : 1;
  }
  return ' '.repeat(Math.max(0, gone - columns)) + line.slice(at);
}
