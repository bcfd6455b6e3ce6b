import { type Atom, atoms } from './atoms';
import { DEEPEST, type Inline } from './tokens';

/**
 * The pieces of a paragraph, in time that grows with its length whatever it says.
 *
 * After CommonMark with tables' and strikes' additions, without two things: HTML, which is text, and definitions of
 * links elsewhere. `$x$`, `$$x$$` and `\(x\)` are mathematics: nothing in them is emphasis or a link.
 */
export function inline(text: string): Inline[] {
  return arranged(atoms(text), false);
}

type Signs = Atom & { readonly kind: 'signs' };

/** Pieces in a row; texts beside each other are one. */
class Row {
  readonly pieces: Inline[] = [];
  /** How deep emphasis is nested in it. */
  deep = 0;

  put(piece: Inline, deep = 0): void {
    const last = this.pieces.at(-1);
    if (piece.type === 'text' && last?.type === 'text') {
      this.pieces[this.pieces.length - 1] = { type: 'text', text: last.text + piece.text };
    } else {
      this.pieces.push(piece);
    }
    this.deep = Math.max(this.deep, deep);
  }
}

/** Emphasis that is begun and not yet ended, with what stands in it so far. */
class Begun {
  row = new Row();
  left: number;

  constructor(
    readonly signs: Signs,
    length: number
  ) {
    this.left = length;
  }

  /** Whether signs can end what these begin. */
  isEndedBy(end: Signs): boolean {
    const [a, b] = [this.signs.length, end.length];
    const isEither = this.signs.closes || end.opens;
    return (
      this.signs.sign === end.sign &&
      !(isEither && (a + b) % 3 === 0 && (a % 3 !== 0 || b % 3 !== 0))
    );
  }
}

/** Emphasis matched by CommonMark's rules, each sign looked at a bounded number of times. */
class Matching {
  readonly #root = new Row();
  readonly #begun: Begun[] = [];
  /** By kind of end: so many of what is begun, the first, it does not end. */
  readonly #passed = new Map<string, number>();

  put(piece: Inline, deep = 0): void {
    this.#row(this.#begun.length).put(piece, deep);
  }

  signs(signs: Signs): void {
    let left = signs.length;
    while (signs.closes && left > 0) {
      const ended = this.#ended(signs);
      if (!ended) {
        break;
      }
      const used = signs.sign === '~' || (ended.left >= 2 && left >= 2) ? 2 : 1;
      const type = signs.sign === '~' ? 'del' : used === 2 ? 'strong' : 'em';
      const piece: Inline = { type, inside: ended.row.pieces };
      const deep = ended.row.deep + 1;
      ended.left -= used;
      left -= used;
      if (ended.left > 0) {
        ended.row = new Row();
      } else {
        this.#begun.pop();
      }
      this.put(piece, deep);
      for (const [kind, many] of this.#passed) {
        this.#passed.set(kind, Math.min(many, this.#begun.length));
      }
    }
    if (left > 0 && signs.opens) {
      this.#begun.push(new Begun(signs, left));
    } else if (left > 0) {
      this.put({ type: 'text', text: signs.sign.repeat(left) });
    }
  }

  pieces(): Inline[] {
    this.#settle(0);
    return this.#root.pieces;
  }

  /** The row that stands in so many begun emphases. */
  #row(height: number): Row {
    return this.#begun[height - 1]?.row ?? this.#root;
  }

  /** What these signs end; what was begun since then was no emphasis. */
  #ended(signs: Signs): Begun | null {
    const kind = `${signs.sign}${signs.opens}${signs.length % 3}`;
    const passed = this.#passed.get(kind) ?? 0;
    for (let at = this.#begun.length - 1; at >= passed; at--) {
      const begun = this.#begun[at];
      if (begun?.isEndedBy(signs)) {
        this.#settle(at + 1);
        if (begun.row.deep < DEEPEST) {
          return begun;
        }
        break;
      }
    }
    this.#passed.set(kind, this.#begun.length);
    return null;
  }

  /** What was begun above a height is text. */
  #settle(height: number): void {
    const into = this.#row(height);
    for (const one of this.#begun.splice(height)) {
      into.put({ type: 'text', text: one.signs.sign.repeat(one.left) });
      for (const piece of one.row.pieces) {
        into.put(piece);
      }
      into.deep = Math.max(into.deep, one.row.deep);
    }
  }
}

function arranged(all: readonly Atom[], inLink: boolean): Inline[] {
  const matching = new Matching();
  let skipTo = 0;
  for (const [at, atom] of all.entries()) {
    if (at < skipTo) {
      continue;
    }
    if (atom.kind === 'signs') {
      matching.signs(atom);
    } else if (atom.kind === 'piece') {
      const { piece } = atom;
      // A link holds no link.
      const isText = inLink && piece.type === 'link';
      matching.put(isText ? { type: 'text', text: piece.href } : piece);
    } else if (atom.link === null) {
      matching.put({ type: 'text', text: atom.text });
    } else {
      const { href, length } = atom.link;
      const inside = all.slice(at + 1, at + length);
      if (atom.text === '![') {
        matching.put({ type: 'image', href, alt: words(inside) });
      } else {
        matching.put({ type: 'link', href, inside: arranged(inside, true) });
      }
      skipTo = at + length + 1;
    }
  }
  return matching.pieces();
}

/** What atoms say, without how. */
function words(all: readonly Atom[]): string {
  const said = all.map(atom => {
    if (atom.kind !== 'piece') {
      return '';
    }
    const { piece } = atom;
    return 'text' in piece ? piece.text : piece.type === 'link' ? piece.href : ' ';
  });
  return said.join('');
}
