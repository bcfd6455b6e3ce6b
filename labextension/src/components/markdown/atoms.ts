import { decoded } from './safe';
import type { Inline } from './tokens';

/** A sign of emphasis, or what may begin or end a link, between pieces that are settled. */
export type Atom =
  | { readonly kind: 'piece'; readonly piece: Inline }
  | { readonly kind: 'signs'; sign: string; length: number; opens: boolean; closes: boolean }
  | { readonly kind: 'bracket'; readonly text: string; link: ILink | null };

export interface ILink {
  readonly href: string;
  /** So many atoms later it ends. */
  readonly length: number;
}

const SPECIAL = /[\\`*_~$[\]<\n]|!\[|https?:\/\//g;
const DOLLARS = /\$\$([^$]+?)\$\$|\$((?:[^\s$\\]|\\.)(?:[^$\n\\]|\\.)*?)(?<!\s)\$(?!\d)/y;
const AUTOLINK = /<(https?:\/\/[^\s<>]*)>/y;
const TAG = /<[/!]?[A-Za-z-][^<>]*>/y;
const ADDRESS = /https?:\/\/[^\s<>"`[\]]+/y;
const SIGNS = /\*+|_+|~+/y;
const TICKS = /`+/y;
const PUNCTUATION = /[\p{P}\p{S}]/u;

/** What a paragraph is made of, before emphasis is matched; in time that grows with its length whatever it says. */
export function atoms(text: string): Atom[] {
  const found: Atom[] = [];
  const open: number[] = [];
  // So many of them, the first, are of pictures.
  let pictures = 0;
  const lastBracket = text.lastIndexOf('\\)');
  let at = 0;
  const put = (piece: Inline): void => void found.push({ kind: 'piece', piece });
  const say = (words: string): void => void (words && put({ type: 'text', text: words }));
  const sticky = (of: RegExp): RegExpExecArray | null => {
    of.lastIndex = at;
    return of.exec(text);
  };
  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    const sign = text[next];
    const before = text.slice(at, next);
    say(decoded(sign === '\n' ? before.trimEnd() : before));
    at = next;
    let hit: RegExpExecArray | null;
    if (sign === undefined) {
      break;
    } else if (sign === '\n') {
      put(/ {2}$/.test(before) ? { type: 'br' } : { type: 'text', text: '\n' });
      at++;
    } else if (sign === '\\') {
      const end = text[at + 1] === '(' && lastBracket > at + 2 ? text.indexOf('\\)', at + 2) : -1;
      if (end > 0) {
        put({ type: 'math', text: text.slice(at + 2, end) });
        at = end + 2;
      } else if (text[at + 1] === '\n') {
        put({ type: 'br' });
        at += 2;
      } else {
        const isEscape = /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '');
        say(isEscape ? (text[at + 1] ?? '') : '\\');
        at += isEscape ? 2 : 1;
      }
    } else if (sign === '`') {
      const ticks = sticky(TICKS)?.[0] ?? sign;
      const end = closing(text, ticks, at + ticks.length);
      if (end < 0) {
        say(ticks);
        at += ticks.length;
      } else {
        const code = text.slice(at + ticks.length, end).replace(/\n/g, ' ');
        put({ type: 'code', text: isPadded(code) ? code.slice(1, -1) : code });
        at = end + ticks.length;
      }
    } else if (sign === '$') {
      hit = sticky(DOLLARS);
      if (hit) {
        put({ type: 'math', text: hit[1] ?? hit[2] ?? '' });
      } else {
        say('$');
      }
      at += hit ? hit[0].length : 1;
    } else if (sign === '<') {
      hit = sticky(AUTOLINK);
      if (hit) {
        put({ type: 'link', href: hit[1] ?? '', inside: [{ type: 'text', text: hit[1] ?? '' }] });
      } else {
        hit = sticky(TAG);
        say(hit?.[0] ?? '<');
      }
      at += hit ? hit[0].length : 1;
    } else if (sign === 'h') {
      hit = sticky(ADDRESS);
      const address = /[\p{L}\p{N}_]$/u.test(before) ? '' : whole(hit?.[0] ?? '');
      if (address) {
        put({ type: 'link', href: address, inside: [{ type: 'text', text: address }] });
      } else {
        say('http');
      }
      at += address.length || 4;
    } else if (sign === '[' || sign === '!') {
      open.push(found.length);
      found.push({ kind: 'bracket', text: sign === '[' ? '[' : '![', link: null });
      at += sign === '[' ? 1 : 2;
    } else if (sign === ']') {
      const from = open.pop();
      pictures = Math.min(pictures, open.length);
      const begun = from === undefined ? undefined : found[from];
      const to = begun && text[at + 1] === '(' ? target(text, at + 2) : null;
      if (begun?.kind === 'bracket' && to) {
        begun.link = { href: to.href, length: found.length - (from ?? 0) };
        at = to.end;
        if (begun.text === '[') {
          // A link holds no link: what was opened around it is text, pictures apart.
          for (const one of open.splice(pictures)) {
            if ((found[one] as { text?: string }).text === '![') {
              open.push(one);
            }
          }
          pictures = open.length;
        }
      } else {
        at++;
      }
      found.push({ kind: 'bracket', text: ']', link: null });
    } else {
      const signs = sticky(SIGNS)?.[0] ?? sign;
      if (sign === '~' && signs.length !== 2) {
        say(signs);
      } else {
        found.push({
          kind: 'signs',
          sign,
          length: signs.length,
          ...flanks(text, at, signs.length, sign)
        });
      }
      at += signs.length;
    }
  }
  return found;
}

/** Code that begins or ends with a tick stands between spaces. */
function isPadded(code: string): boolean {
  return code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
}

/** Where a run of exactly these ticks stands next; -1 for nowhere. */
function closing(text: string, ticks: string, from: number): number {
  for (let at = text.indexOf(ticks, from); at >= 0; at = text.indexOf(ticks, at)) {
    let end = at;
    while (text[end] === '`') {
      end++;
    }
    if (end - at === ticks.length) {
      return at;
    }
    at = end;
  }
  return -1;
}

/** An address in running text, without the signs that end a sentence. */
function whole(found: string): string {
  let end = found.length;
  let unopened = found.split(')').length - found.split('(').length;
  for (; end > 0; end--) {
    const last = found[end - 1] ?? '';
    if (last === ')' ? unopened-- <= 0 : !'?!.,:;*_~\'"]'.includes(last)) {
      break;
    }
  }
  return /^https?:\/\/./.test(found.slice(0, end)) ? found.slice(0, end) : '';
}

/** `address "title")` from here on: the address, and where it ends. More brackets than any address has are none. */
function target(text: string, from: number): { href: string; end: number } | null {
  let at = from;
  const skip = (): void => {
    while (at < text.length && ' \t\n'.includes(text[at] ?? '')) {
      at++;
    }
  };
  skip();
  let href: string;
  if (text[at] === '<') {
    const end = text.slice(at + 1, at + 4096).search(/[<>\n]/);
    if (end < 0 || text[at + 1 + end] !== '>') {
      return null;
    }
    href = text.slice(at + 1, at + 1 + end);
    at += end + 2;
  } else {
    const begun = at;
    for (let depth = 0; at < text.length && !/\s/.test(text[at] ?? ''); at++) {
      if (text[at] === '\\') {
        at++;
      } else if (text[at] === '(' && ++depth > 16) {
        return null;
      } else if (text[at] === ')' && --depth < 0) {
        break;
      }
    }
    href = text.slice(begun, at);
  }
  skip();
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    const title = /^(["'])(?:\\[^]|(?!\1)[^\\])*\1/.exec(text.slice(at, at + 1024));
    if (!title) {
      return null;
    }
    at += title[0].length;
    skip();
  }
  const unescaped = href.replace(/\\([!-/:-@[-`{-~])/g, '$1');
  return text[at] === ')' ? { href: decoded(unescaped), end: at + 1 } : null;
}

/** Whether signs can begin or end emphasis, from what stands beside them. */
function flanks(
  text: string,
  at: number,
  length: number,
  sign: string
): { opens: boolean; closes: boolean } {
  const before = text[at - 1] ?? ' ';
  const after = text[at + length] ?? ' ';
  const [isSpaceBefore, isSpaceAfter] = [/\s/.test(before), /\s/.test(after)];
  const [isSignBefore, isSignAfter] = [PUNCTUATION.test(before), PUNCTUATION.test(after)];
  const left = !isSpaceAfter && (!isSignAfter || isSpaceBefore || isSignBefore);
  const right = !isSpaceBefore && (!isSignBefore || isSpaceAfter || isSignAfter);
  return sign === '_'
    ? { opens: left && (!right || isSignBefore), closes: right && (!left || isSignAfter) }
    : { opens: left, closes: right };
}
