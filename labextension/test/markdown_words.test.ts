import { parsed } from '../src/components/markdown/blocks';
import type { Block, Inline } from '../src/components/markdown/tokens';

/** Pieces and blocks in short: `em(a)`, `list(1: a | b)`. */
function said(inside: readonly Inline[]): string {
  return inside
    .map(piece => {
      switch (piece.type) {
        case 'text':
          return piece.text;
        case 'br':
          return '/';
        case 'image':
          return `image(${piece.href} ${piece.alt})`;
        case 'link':
          return `link(${piece.href} ${said(piece.inside)})`;
        case 'code':
        case 'math':
          return `${piece.type}(${piece.text})`;
        default:
          return `${piece.type}(${said(piece.inside)})`;
      }
    })
    .join('');
}

function shown(blocks: readonly Block[]): string {
  return blocks
    .map(block => {
      switch (block.type) {
        case 'hr':
          return 'hr';
        case 'heading':
          return `h${block.level}(${said(block.inside)})`;
        case 'paragraph':
          return said(block.inside);
        case 'quote':
          return `quote(${shown(block.blocks)})`;
        case 'code':
          return `code[${block.language}](${block.text})`;
        case 'math':
          return `math(${block.text})`;
        case 'list': {
          const items = block.items.map(
            item => (item.isDone === null ? '' : item.isDone ? '[x] ' : '[ ] ') + shown(item.blocks)
          );
          return `list${block.isLoose ? '+' : ''}(${block.start ?? ''}: ${items.join(' | ')})`;
        }
        case 'table': {
          const rows = [block.header, ...block.rows].map(row => row.map(said).join(','));
          return `table(${block.sides.join(',')}; ${rows.join('; ')})`;
        }
      }
    })
    .join(' ¶ ');
}

const one = (text: string): string => shown(parsed(text));

// Most are examples of the specification of CommonMark, in their spirit.
test.each([
  ['*a* **b** ***c*** ~~d~~', 'em(a) strong(b) em(strong(c)) del(d)'],
  ['*a **b** c*', 'em(a strong(b) c)'],
  ['**a *b** c*', 'em(em(a em(b)) c)'],
  ['*a', '*a'],
  ['a * b * c', 'a * b * c'],
  ['snake_case_name and __init__', 'snake_case_name and strong(init)'],
  ['2*3*4', '2em(3)4'],
  ['*foo**bar*', 'em(foo**bar)'],
  ['**foo*bar*baz**', 'strong(fooem(bar)baz)'],
  ['~5 to ~6', '~5 to ~6'],
  ['\\*a\\* \\q', '*a* \\q'],
  ['`a` ``b`c`` ` d ` `e', 'code(a) code(b`c) code(d) `e'],
  ['`*a*` *`b`*', 'code(*a*) em(code(b))'],
  ['a  \nb\\\nc\nd', 'a/b/c\nd'],
  ['&lt;&amp;&#65; \\&lt;', '<&A &lt;'],
  ['[a](https://x/ "t") [b](<https://y z>)', 'link(https://x/ a) link(https://y z b)'],
  ['[*a* `]` b](c(d)e)', 'link(c(d)e em(a) code(]) b)'],
  ['[a [b](c) d](e)', '[a link(c b) d](e)'],
  ['[a][b] [c]', '[a][b] [c]'],
  ['*[a*](b)', '*link(b a*)'],
  ['![a *b* ![c](d)](e) ', 'image(e a b c)'],
  ['[![a](b)](c)', 'link(c image(b a))'],
  ['<https://x/y> <b> <!-- c -->', 'link(https://x/y https://x/y) <b> <!-- c -->'],
  ['(see https://x/a_b_c.) xhttps://y', '(see link(https://x/a_b_c https://x/a_b_c).) xhttps://y'],
  ['https://x/(a) https://', 'link(https://x/(a) https://x/(a)) https://'],
  ['[https://x](https://y)', 'link(https://y https://x)'],
  ['$a_b*c$ \\(d*e\\) $$f$$ $5 and $6', 'math(a_b*c) math(d*e) math(f) $5 and $6']
])('a line: %s', (text, expected) => {
  expect(one(text)).toBe(expected);
});

test.each([
  ['# A #\n## B\nc\n===\nd\n---\n#e', 'h1(A) ¶ h2(B) ¶ h1(c) ¶ h2(d) ¶ #e'],
  ['a\nb\n\nc', 'a\nb ¶ c'],
  ['> a\nb\n> > c\n\nd', 'quote(a\nb ¶ quote(c)) ¶ d'],
  ['---\n***\n- - -', 'hr ¶ hr ¶ hr'],
  ['```py x\n a\n\n```\nb', 'code[py]( a\n) ¶ b'],
  ['~~~\n```\n~~~~', 'code[](```)'],
  ['```\nno end', 'code[](no end)'],
  ['    a\n     b\n\nc', 'code[](a\n b) ¶ c'],
  ['- a\n- b\n  - c\n\n    d\n* e', 'list(: a | b ¶ list+(: c ¶ d)) ¶ list(: e)'],
  ['- a\n\n- b', 'list+(: a | b)'],
  ['3. a\n4. b\nlazy\n\nc', 'list(3: a | b\nlazy) ¶ c'],
  ['- [x] a\n- [ ] b', 'list(: [x] a | [ ] b)'],
  ['- ```\n  a\n  ```', 'list(: code[](a))'],
  ['a\n- b', 'a ¶ list(: b)'],
  ['in 1984.\n1984. was a year', 'in 1984.\n1984. was a year'],
  ['-\n- a', 'list(:  | a)'],
  ['|a|b|\n|:-:|--:|\n|`x\\|y`|*1*|z|\n|2', 'table(center,right; a,b; code(x|y),em(1); 2,)'],
  ['a | b\n- | -\n1 | 2\n\nc', 'table(left,left; a,b; 1,2) ¶ c'],
  ['text\n|a|\n|-|', 'text ¶ table(left; a)'],
  ['a\n$$\nx\n$$\nb $$y$$\n\\[\nz\n\\]', 'a ¶ math(x) ¶ b math(y) ¶ math(z)'],
  ['$$\nno end\n\n\\[\nneither', '$$\nno end ¶ [\nneither'],
  ['', ''],
  ['\t\n', '']
])('blocks: %j', (text, expected) => {
  expect(one(text)).toBe(expected);
});

test('every sign of a text is read once: what means nothing stays as it is', () => {
  for (const text of [
    '*',
    '_',
    '[',
    ']',
    '![',
    '`',
    '$',
    '\\',
    '<',
    '|',
    '>x',
    '~~',
    '&',
    '[](',
    ']('
  ]) {
    expect(one(`x ${text}`)).toBe(`x ${text}`);
  }
});
