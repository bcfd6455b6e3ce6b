import { nullTranslator } from '@jupyterlab/translation';
import { render } from '@testing-library/react';

import type { DrawnBlock } from '../src/api';
import { Blocks } from '../src/components/blocks';
import { type ILab, LabProvider } from '../src/components/lab';

const trans = nullTranslator.load('jupyter_coimprove');
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

function draw(kind: string, data: string): HTMLElement {
  const block: DrawnBlock = {
    block: 'Shown',
    title: 'item 7: true 4, predicted 9',
    kind,
    data,
    file: 'coimprove/cases/digits/item-7.png'
  };
  return render(
    <LabProvider value={{ trans } as unknown as ILab}>
      <Blocks blocks={[block]} />
    </LabProvider>
  ).container.querySelector<HTMLElement>('figure')!;
}

describe('an item as its notebook shows it', () => {
  it('is its picture, named by what was predicted', () => {
    const figure = draw('image/png', PIXEL);
    const image = figure.querySelector('img')!;
    expect(image.getAttribute('src')).toBe(`data:image/png;base64,${PIXEL}`);
    expect(image.alt).toBe('item 7: true 4, predicted 9');
    expect(figure.textContent).toBe('item 7: true 4, predicted 9');
  });

  it.each([
    ['image/svg+xml', 'PHN2Zy8+'],
    ['image/png', '"><img src=x onerror=alert(1)>'],
    ['text/html', '<b>x</b>']
  ])('is nothing of a kind that could act: %s', (kind, data) => {
    const figure = draw(kind, data);
    expect(figure.querySelector('img, b')).toBeNull();
    expect(figure.textContent).toBe('item 7: true 4, predicted 9');
  });

  it('is its words, none of them markup', () => {
    const figure = draw('text/plain', 'age <b>7</b>');
    expect(figure.querySelector('pre')!.textContent).toBe('age <b>7</b>');
  });
});
