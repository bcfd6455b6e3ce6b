import type { JsonObject, PreviewRow } from '../../api';
import { visible } from '../markdown';
import { picture } from '../markdown/safe';
import { useCards } from './surroundings';

/** What proposed code showed in a copy of the kernel: that it was not accepted, how it ended, and its outputs. */
export function Preview({ preview }: { preview: PreviewRow }): JSX.Element {
  const { trans } = useCards();
  if (preview.state !== 'ran') {
    return <p className="coai-Warning">{trans.__('Not previewed: %1', visible(preview.why))}</p>;
  }
  const ends: Record<string, string> = {
    completed: '',
    error: trans.__('ended with an error'),
    timed_out: trans.__('had not ended in time'),
    killed: trans.__('was ended: %1', visible(preview.why)),
    cancelled: trans.__('was interrupted')
  };
  const end = ends[preview.ended] ?? preview.ended;
  const took = trans.__('Preview (not accepted): took %1 s', preview.seconds.toFixed(2));
  const isSilent = preview.cells.every(cell => cell.outputs.length === 0);
  return (
    <section className="coai-Preview" aria-label={trans.__('Preview')}>
      <p className="coai-Muted coai-Card-legend">{end ? `${took}, ${end}` : took}</p>
      {preview.cells.flatMap((cell, at) =>
        cell.outputs.map((output, number) => <Output key={`${at} ${number}`} output={output} />)
      )}
      {isSilent && preview.ended === 'completed' && (
        <p className="coai-Muted">{trans.__('It shows nothing.')}</p>
      )}
      {preview.notes.map(note => (
        <p key={note} className="coai-Warning">
          {visible(note)}
        </p>
      ))}
    </section>
  );
}

/** One output: text as it is, or a picture that is in the output itself; nothing of it is markup. */
function Output({ output }: { output: JsonObject }): JSX.Element | null {
  const { trans } = useCards();
  if (output.output_type === 'stream') {
    return <pre className="coai-Code">{visible(String(output.text))}</pre>;
  }
  if (output.output_type === 'error') {
    const lines = Array.isArray(output.traceback) ? output.traceback.map(String) : [];
    const text = lines.join('\n') || `${String(output.ename)}: ${String(output.evalue)}`;
    return <pre className="coai-Code coai-mod-error">{visible(text)}</pre>;
  }
  const data = (output.data ?? {}) as JsonObject;
  for (const kind of ['image/png', 'image/jpeg']) {
    const source = kind in data ? picture(`data:${kind};base64,${String(data[kind])}`) : null;
    if (source !== null) {
      return <img className="coai-Preview-image" src={source} alt={trans.__('A figure')} />;
    }
  }
  return 'text/plain' in data ? (
    <pre className="coai-Code">{visible(String(data['text/plain']))}</pre>
  ) : null;
}
