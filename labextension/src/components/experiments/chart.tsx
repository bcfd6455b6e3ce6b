import { MimeModel } from '@jupyterlab/rendermime';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { useEffect, useRef, useState } from 'react';

import type { JsonObject } from '../../api';
import { useLab } from '../lab';
import { fitted, mimeOf } from './charts';

/** A plot drawn by Lab's own Vega renderer; the table beside it says the same in words and numbers. */
export function Chart({ chart, label }: { chart: JsonObject; label: string }): JSX.Element {
  const { rendermime, trans } = useLab();
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [isBroken, setIsBroken] = useState(false);
  const mime = mimeOf(chart, rendermime.mimeTypes);
  useEffect(() => {
    const node = host.current;
    if (node === null) {
      return;
    }
    // In steps, so that dragging the edge of the panel does not draw each pixel's plot.
    const look = (): void => setWidth(Math.floor(node.clientWidth / 20) * 20);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const node = host.current;
    if (node === null || width === 0 || mime === null) {
      return;
    }
    const data = { [mime]: fitted(chart, width) as ReadonlyPartialJSONObject };
    const renderer = rendermime.createRenderer(mime);
    Widget.attach(renderer, node);
    renderer.renderModel(new MimeModel({ data })).catch(() => setIsBroken(true));
    return () => takeAway(renderer);
  }, [chart, rendermime, width, mime]);
  return (
    <div className="coai-Chart" role="img" aria-label={label}>
      <div ref={host} className="coai-Chart-host" />
      {(isBroken || mime === null) && (
        <p className="coai-Muted">{trans.__('No plot: nothing here draws Vega-Lite.')}</p>
      )}
    </div>
  );
}

/** Also where the page that it stood on is gone already: Lumino takes that for a mistake, and React empties the panel. */
function takeAway(renderer: Widget): void {
  if (renderer.isAttached && !renderer.node.isConnected) {
    MessageLoop.sendMessage(renderer, Widget.Msg.AfterDetach);
  }
  renderer.dispose();
}
