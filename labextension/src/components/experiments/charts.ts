import type { Json, JsonObject } from '../../api';

/** The kind under which Lab draws a specification: of its own version, else the newest that there is. */
export function mimeOf(chart: JsonObject, known: readonly string[]): string | null {
  const version = /vega-lite\/v(\d+)/.exec(String(chart['$schema'] ?? ''))?.[1];
  const own = `application/vnd.vegalite.v${version}+json`;
  if (known.includes(own)) {
    return own;
  }
  const others = known.filter(mime => /^application\/vnd\.vegalite\.v\d+\+json$/.test(mime));
  return others.sort().pop() ?? null;
}

/** Of arms' names beside the plot, at most; and what is left for the words at its right. */
const LABELS = 110;
const WORDS = 170;
const EDGE = 28;
const LEAST = 90;

/**
 * The same plot in the width that there is.
 *
 * Where it is narrow, the words right of the marks are left out: the table below says them.
 */
export function fitted(chart: JsonObject, width: number): JsonObject {
  const layers = Array.isArray(chart['layer']) ? (chart['layer'] as JsonObject[]) : [];
  const was = chart['width'];
  const room = width - LABELS - EDGE;
  const hasWords = room - WORDS >= 2 * LEAST;
  const plot = Math.max(LEAST, hasWords ? room - WORDS : room);
  const words = (layer: JsonObject): boolean => valueOf(layer, 'x') === was;
  return {
    ...chart,
    title: '',
    width: plot,
    layer: layers
      .filter(layer => hasWords || !words(layer))
      .map(layer => wrapped(limited(words(layer) ? moved(layer, plot) : layer), plot))
  };
}

function valueOf(layer: JsonObject, channel: string): Json | undefined {
  const encoding = layer['encoding'] as JsonObject | undefined;
  return (encoding?.[channel] as JsonObject | undefined)?.['value'];
}

function moved(layer: JsonObject, x: number): JsonObject {
  return { ...layer, encoding: { ...(layer['encoding'] as JsonObject), x: { value: x } } };
}

/** Of a letter of an axis' title, on average. */
const LETTER = 6.5;

/** The title of the axis in lines that are no wider than the plot, which would cut them off. */
function wrapped(layer: JsonObject, width: number): JsonObject {
  const encoding = layer['encoding'] as JsonObject | undefined;
  const x = encoding?.['x'] as JsonObject | undefined;
  const title = x?.['title'];
  const most = Math.floor(width / LETTER);
  if (typeof title !== 'string' || title.length <= most) {
    return layer;
  }
  const lines: string[] = [''];
  for (const word of title.split(/\s+/)) {
    const line = `${lines[lines.length - 1]} ${word}`.trim();
    if (line.length > most) {
      lines.push(word);
    } else {
      lines[lines.length - 1] = line;
    }
  }
  return { ...layer, encoding: { ...encoding, x: { ...x, title: lines.filter(Boolean) } } };
}

function limited(layer: JsonObject): JsonObject {
  const encoding = layer['encoding'] as JsonObject | undefined;
  const y = encoding?.['y'] as JsonObject | undefined;
  if (!y?.['axis']) {
    return layer;
  }
  const axis = { ...(y['axis'] as JsonObject), labelLimit: LABELS - 10 };
  return { ...layer, encoding: { ...encoding, y: { ...y, axis } } };
}
