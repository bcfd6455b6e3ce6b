import { showDialog } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { type ILab, LabProvider } from '../src/components/lab';
import { Markdown, Text } from '../src/components/markdown';
import { decoded, destination, picture, visible } from '../src/components/markdown/safe';
import corpus from './corpus.json';

// The real dialog is met in the browser's tests; loading all of apputils takes longer than these tests.
jest.mock('@jupyterlab/apputils', () => ({
  Dialog: { cancelButton: (of: object) => of, okButton: (of: object) => of },
  showDialog: jest.fn()
}));
const asked = showDialog as unknown as jest.Mock;

const trans = nullTranslator.load('jupyter_coimprove');
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

function draw(text: string, more: object = {}): HTMLElement {
  const lab = { trans } as unknown as ILab;
  return render(
    <LabProvider value={lab}>
      <Markdown text={text} {...more} />
    </LabProvider>
  ).container.querySelector<HTMLElement>('.coai-Markdown')!;
}

const ELEMENTS = new Set(
  'div p h3 h4 h5 h6 blockquote hr br strong em del code pre span button img ul ol li input table thead tbody tr th td'.split(
    ' '
  )
);
const ATTRIBUTES = new Set(
  'class type role tabindex aria-label src alt start disabled readonly checked scope'.split(' ')
);

/** What in a tree is not on the list. */
function forbidden(root: HTMLElement): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const name = element.localName;
    if (!ELEMENTS.has(name)) {
      found.push(`<${name}>`);
    }
    for (const { name: attribute, value } of element.attributes) {
      const isKnown =
        ATTRIBUTES.has(attribute) &&
        (attribute !== 'class' || value.split(' ').every(one => one.startsWith('coai-'))) &&
        (attribute !== 'src' || picture(value) === value) &&
        (attribute !== 'type' || value === (name === 'input' ? 'checkbox' : 'button'));
      if (!isKnown) {
        found.push(`${name}[${attribute}=${value}]`);
      }
    }
  }
  return found;
}

test.each(corpus)('nothing forbidden is drawn from %j', text => {
  const root = draw(text);
  expect(forbidden(root)).toEqual([]);
  // eslint-disable-next-line no-control-regex
  expect(root.textContent).not.toMatch(/[\u0000-\u0008\u200b\u202a-\u202e\u2066-\u2069\ufeff]/);
});

test('the corpus all in one, nested in lists, quotes and tables', () => {
  const all = corpus.map(text => text.split('\n').join('\n  '));
  expect(forbidden(draw(all.map(text => `- ${text}`).join('\n')))).toEqual([]);
  expect(forbidden(draw(all.map(text => `> ${text}`).join('\n\n')))).toEqual([]);
  expect(forbidden(draw(corpus.join('\n\n')))).toEqual([]);
});

test('the check of this test sees what it looks for', () => {
  // A page that is only parsed: nothing in it runs.
  const page = new DOMParser().parseFromString(corpus.join('\n'), 'text/html');
  expect(forbidden(page.documentElement).length).toBeGreaterThan(60);
});

test('Markdown is drawn as its elements', () => {
  const root = draw(
    [
      '# One',
      '',
      'Some *em* and **strong** `code` &amp; &lt;b&gt; \\* ~~gone~~',
      '',
      '1. first',
      '2. second',
      '   - inner',
      '',
      '| a | b |',
      '|---|--:|',
      '| x | 1 |',
      '',
      '- [x] done',
      '',
      '---'
    ].join('\n')
  );
  expect(root.querySelector('h3')?.textContent).toBe('One');
  expect(root.querySelector('p')?.textContent).toBe('Some em and strong code & <b> * gone');
  expect(root.querySelector('ol > li > ul > li')?.textContent).toBe('inner');
  expect(root.querySelectorAll('td')[1]?.className).toBe('coai-mod-right');
  expect(root.querySelector<HTMLInputElement>('input[type=checkbox]')?.checked).toBe(true);
  expect(root.querySelector('hr')).not.toBeNull();
});

test('mathematics is kept as it is written, with nothing in it read as Markdown', () => {
  const root = draw('so $a_1 * b_2 * c$ and\n\n$$\n\\sum_i x_i\n$$\n\nfor $5 and $6');
  const all = [...root.querySelectorAll('.coai-Math')].map(one => one.textContent);
  expect(all).toEqual(['a_1 * b_2 * c', '\\sum_i x_i']);
  expect(root.textContent).toContain('for $5 and $6');
});

test('HTML is shown as text', () => {
  expect(draw('<b onclick="x()">bold</b>').textContent).toContain('<b onclick="x()">bold</b>');
});

test('only a picture in the text itself is drawn', () => {
  expect(draw(`![dot](${PIXEL})`).querySelector('img')?.getAttribute('alt')).toBe('dot');
  expect(draw('![dot](https://evil.example/x.png)').textContent).toContain('not loaded: dot');
});

test('a link says its host and asks before it opens', async () => {
  const user = userEvent.setup();
  const open = jest.spyOn(window, 'open').mockReturnValue(null);
  const root = draw('[the paper](https://evil.example/paper?q=1)');
  expect(root.querySelector('[href]')).toBeNull();
  const link = screen.getByRole('link', { name: /the paper \(evil\.example\)/ });
  asked.mockResolvedValueOnce({ button: { accept: false } });
  await user.click(link);
  expect(asked.mock.calls[0]![0].body).toContain('https://evil.example/paper?q=1');
  expect(open).not.toHaveBeenCalled();
  asked.mockResolvedValueOnce({ button: { accept: true } });
  await user.click(link);
  expect(open).toHaveBeenCalledWith(
    'https://evil.example/paper?q=1',
    '_blank',
    'noopener,noreferrer'
  );
});

test('code is copied as it is, and proposed where it can be', async () => {
  const user = userEvent.setup();
  const propose = jest.fn().mockResolvedValue('Proposed');
  draw('```python\nx = 1\n```', { propose });
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toBe('x = 1');
  await user.click(screen.getByRole('button', { name: 'Propose as a cell' }));
  expect(propose).toHaveBeenCalledWith('x = 1', 'python');
  expect(await screen.findByText('Proposed')).toBeTruthy();
});

test('text that is made to take for ever is drawn in time', () => {
  const began = performance.now();
  for (const piece of [
    '*a ',
    '**a ',
    '_a ',
    '~~a ',
    '[',
    '![a](b ',
    '`a ',
    '<a ',
    '$a ',
    '> ',
    '- ',
    '1. ',
    '|a'
  ]) {
    expect(draw(`${piece.repeat(20_000)}x`).textContent).toContain('x');
  }
  expect(draw('x'.repeat(300_000)).textContent).toHaveLength(300_000);
  // A minute without the bounds; the time is for a busy machine.
  expect(performance.now() - began).toBeLessThan(20_000);
});

test('deep nesting is drawn to a depth, and shown as it is written below', () => {
  const root = draw(`${'> '.repeat(28)}x`);
  expect(root.querySelectorAll('blockquote').length).toBeGreaterThan(20);
  expect(root.querySelectorAll('blockquote').length).toBeLessThan(28);
  expect(root.textContent).toContain('x');
});

test('a line of text shows what would hide', () => {
  const { container } = render(<Text>{'a\u202eb\u200b<b>'}</Text>);
  expect(container.textContent).toBe('a<U+202E>b<U+200B><b>');
  expect(visible('\ud800x')).toBe('\ufffdx');
  expect(visible('a\r\nb\tc')).toBe('a\nb\tc');
  expect(visible('\u{e0041}')).toBe('<U+E0041>');
});

test('addresses: whole, of the web, and without a name before the host', () => {
  expect(destination('https://a.example/x')?.host).toBe('a.example');
  expect(destination('https://ex\u0430mple.org/')?.host).toMatch(/^xn--/);
  for (const no of [
    '//a',
    '/a',
    'a.html',
    'ftp://a',
    'https://u:p@a',
    'https://',
    'http:a',
    ' https://a'
  ]) {
    expect(destination(no)).toBeNull();
  }
  expect(decoded('&amp;lt; &#x41; &#0; &nope;')).toBe('&lt; A \ufffd &nope;');
});
