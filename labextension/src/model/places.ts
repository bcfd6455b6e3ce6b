import type { IPlace } from '../api';

/** The path by which Lab opens a notebook that the record of a root names; null where that is not known. */
export function pathOf(places: Iterable<IPlace>, root: string, notebook: string): string | null {
  for (const place of places) {
    if (place.root !== root) {
      continue;
    }
    if (place.notebook === notebook) {
      return place.path;
    }
    // Names are relative to the root: what comes before one in its path comes before all of them.
    if (!notebook.startsWith('/') && place.path.endsWith(place.notebook)) {
      return place.path.slice(0, place.path.length - place.notebook.length) + notebook;
    }
  }
  return null;
}

/** One open notebook of each root: through it the record of that root is asked. */
export function doors(places: Iterable<IPlace>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { root, path } of places) {
    if (!found.has(root)) {
      found.set(root, path);
    }
  }
  return found;
}
