import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { type ILab, LabProvider } from '../lab';
import { about, type IAbout } from './about';
import { MagicCard } from './card';

/** Draws the output of a magic as a card of the record, not as what the file says. */
export class MagicOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(
    private readonly lab: ILab,
    private readonly mimeType: string
  ) {
    super();
    this.addClass('coai-MagicOutput');
    // Keys in a card are the card's, as in those below cells.
    this.node.addEventListener('focusin', event => {
      (event.target as HTMLElement).dataset['lmSuppressShortcuts'] = 'true';
    });
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#about = about(model.data[this.mimeType]);
    const text = model.data['text/plain'];
    this.#text = Array.isArray(text) ? text.join('') : String(text ?? '');
    this.update();
    await this.renderPromise;
  }

  protected override render(): JSX.Element {
    return this.#about === null ? (
      <pre>{this.#text}</pre>
    ) : (
      <LabProvider value={this.lab}>
        <MagicCard about={this.#about} text={this.#text} />
      </LabProvider>
    );
  }

  #about: IAbout | null = null;
  #text = '';
}

/** The buttons for front ends without this extension: the card above has them here. */
export class NoButtons extends Widget implements IRenderMime.IRenderer {
  constructor() {
    super();
    this.addClass('coai-NoButtons');
  }

  renderModel(): Promise<void> {
    return Promise.resolve();
  }
}
