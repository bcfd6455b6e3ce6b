import { PathExt, URLExt } from '@jupyterlab/coreutils';
import { useState } from 'react';

import { type ApiError, asApiError } from '../../api';
import { Problem } from '../banner';
import { useLab } from '../lab';
import { Markdown, visible } from '../markdown';

interface IWritten {
  /** Where Lab opens it. */
  readonly path: string;
  readonly text: string;
  readonly summary: string;
}

/** The write-up of the notebook in front, from accepted findings only; drawn here by the allow-list. */
export function WriteUp({ door }: { door: string }): JSX.Element {
  const { coimprove, commands, trans } = useLab();
  const { verbs, server, events } = coimprove.api;
  const [written, setWritten] = useState<IWritten | null>(null);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  const write = async (): Promise<void> => {
    setIsBusy(true);
    try {
      const notebook = PathExt.basename(door);
      const view = await verbs.call('report', { notebook }, door);
      const place = events.places.get(door);
      const before = place ? place.path.slice(0, place.path.length - place.notebook.length) : '';
      const path = `${before}coimprove/reports/${PathExt.basename(view.path)}`;
      const url = URLExt.join(server.settings.baseUrl, 'api/contents', URLExt.encodeParts(path));
      const file = await server.request<{ content: string }>('GET', `${url}?content=1&type=file`);
      setWritten({ path, text: String(file.content), summary: view.summary });
      setProblem(null);
    } catch (error) {
      setProblem(asApiError(error));
    }
    setIsBusy(false);
  };
  return (
    <>
      <h3 className="coai-Record-head">{trans.__('Write-up')}</h3>
      <div className="coai-Record-part">
        {problem?.code === 'nothing_to_do' ? (
          <p className="coai-Muted">
            {trans.__('No finding is accepted yet: a write-up tells accepted findings only.')}
          </p>
        ) : (
          problem && <Problem problem={problem} />
        )}
        <div className="coai-Actions">
          <button
            type="button"
            className="coai-Button"
            disabled={isBusy || !coimprove.health.writable}
            onClick={() => void write()}
          >
            {trans.__('Write the report of %1', visible(PathExt.basename(door)))}
          </button>
          {written && (
            <>
              <button
                type="button"
                className="coai-Button"
                onClick={() =>
                  void commands.execute('docmanager:open', {
                    path: written.path,
                    factory: 'Editor'
                  })
                }
              >
                {trans.__('Open')}
              </button>
              <button type="button" className="coai-Button" onClick={() => save(written)}>
                {trans.__('Download')}
              </button>
            </>
          )}
        </div>
        {written && (
          <details open>
            <summary>{visible(PathExt.basename(written.path))}</summary>
            <Markdown text={written.text} />
          </details>
        )}
      </div>
    </>
  );
}

/** Give the browser the text as a file to save. */
function save({ path, text }: IWritten): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  link.download = PathExt.basename(path);
  link.click();
  URL.revokeObjectURL(link.href);
}
