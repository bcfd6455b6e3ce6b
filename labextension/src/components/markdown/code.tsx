import { useEffect, useRef, useState } from 'react';

import { useLab } from '../lab';
import { visible } from './safe';

/** Code, coloured by Lab's own highlighter; where there is none for its language it is plain. */
export function Code({ text, language }: { text: string; language: string }): JSX.Element {
  const { languages } = useLab();
  const node = useRef<HTMLElement>(null);
  const shown = visible(text);
  useEffect(() => {
    const into = node.current;
    // The name of a language is text of a model: it is looked up, never written anywhere.
    const known = language && languages ? languages.findBest(language) : null;
    if (into === null || !known || !languages) {
      return;
    }
    let isCurrent = true;
    const coloured = document.createElement('code');
    languages.highlight(shown, known, coloured).then(
      () => isCurrent && into.replaceChildren(...coloured.childNodes),
      // A language that cannot be loaded: the plain text stands there already.
      () => undefined
    );
    return () => {
      isCurrent = false;
    };
  }, [shown, language, languages]);
  // React puts new text where it changes, by the key: it never meets the nodes of the highlighter.
  return (
    <code key={`${language}\n${shown}`} ref={node}>
      {shown}
    </code>
  );
}

/** Propose code as a cell; what came of it, in a sentence. */
export type Propose = (code: string, language: string) => Promise<string>;

/** A block of code with what can be done with it. */
export function CodeBlock({
  text,
  language,
  propose
}: {
  text: string;
  language: string;
  propose?: Propose | undefined;
}): JSX.Element {
  const { trans } = useLab();
  const [said, setSaid] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(
      () => setSaid(trans.__('Copied')),
      () => setSaid(trans.__('The browser does not let pages copy: select the text instead'))
    );
  };
  return (
    <div className="coai-CodeBlock">
      <pre className="coai-Code" tabIndex={0} aria-label={trans.__('Code')}>
        <Code text={text} language={language} />
      </pre>
      <div className="coai-CodeBlock-does">
        <button type="button" className="coai-Link" onClick={copy}>
          {trans.__('Copy')}
        </button>
        {propose && (
          <button
            type="button"
            className="coai-Link"
            onClick={() => void propose(text, language).then(setSaid)}
          >
            {trans.__('Propose as a cell')}
          </button>
        )}
        <span role="status">{said}</span>
      </div>
    </div>
  );
}
