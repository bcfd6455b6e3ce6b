import { useLab } from './lab';
import { visible } from './markdown';

/** A unified diff as text: added and taken-out lines carry their sign, so that colour says nothing alone. */
export function Diff({ text }: { text: string }): JSX.Element {
  const { trans } = useLab();
  const lines = visible(text).replace(/\n$/, '').split('\n');
  return (
    <pre className="coai-Diff" tabIndex={0} aria-label={trans.__('Difference')}>
      {lines.map((line, number) => (
        <span key={number} className={`coai-Diff-line ${kind(line)}`}>
          {line}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function kind(line: string): string {
  if (line.startsWith('+') && !line.startsWith('+++')) {
    return 'coai-mod-added';
  }
  return line.startsWith('-') && !line.startsWith('---') ? 'coai-mod-removed' : '';
}
