/** Text of models, records and notebooks as a page may show it: nothing in it reorders, hides or loads. */

/** The same characters that `interfaces/display/safe.py` spells out (RELIABILITY F24). */
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Bidirectional, invisible and control characters are spelled out: `<U+202E>`. Joiners stay, scripts need them. */
export function visible(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(LONE, '\ufffd')
    .replace(HIDDEN, char => {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      return `<U+${code}>`;
    });
}

export interface IDestination {
  /** As the browser would go there. */
  readonly url: string;
  /** What a person should look at: the host, in ASCII, so that no letter is taken for another. */
  readonly host: string;
}

/** Where a link goes; null for anything but a whole http or https address without a name and password. */
export function destination(href: string): IDestination | null {
  if (!/^https?:\/\//i.test(href) || visible(href) !== href) {
    return null;
  }
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || !url.host) {
    return null;
  }
  return { url: url.href, host: url.host };
}

/** A picture is shown only when it is in the text itself, and of a kind that can hold no program. */
const IMAGE = /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/;
const LONGEST_IMAGE = 4_000_000;

/** The picture as an address that loads nothing; null for any other. */
export function picture(source: string): string | null {
  return source.length <= LONGEST_IMAGE && IMAGE.test(source) ? source : null;
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0'
};

/** Character references as the characters they name, once; an unknown one stays as it is written. */
export function decoded(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi,
    (whole, hex, decimal, name) => {
      if (name) {
        return NAMED[String(name)] ?? whole;
      }
      const code = hex ? parseInt(String(hex), 16) : parseInt(String(decimal), 10);
      const isText = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
      return isText ? String.fromCodePoint(code) : '\ufffd';
    }
  );
}
