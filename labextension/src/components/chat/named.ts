import type { INamed } from '../../model';
import { useLab, useSignals } from '../lab';

/** What a line about this notebook can name: its cells, and experiments, runs and findings of its project. */
export function useNamed(path: string): readonly INamed[] {
  const lab = useLab();
  const { coimprove } = lab;
  const { experiments } = coimprove.models;
  useSignals(experiments.changed, coimprove.api.events.placesChanged);
  const root = coimprove.api.events.places.get(path)?.root;
  const rows = experiments.rows.filter(row => row.root === root);
  const cells = lab.cells?.(path) ?? [];
  return [
    { kind: 'notebook', name: quoted(path.split('/').pop() ?? path), about: '' },
    ...rows.map((row): INamed => ({
      kind: 'experiment',
      name: row.id,
      about: row.question || row.state
    })),
    ...rows
      .filter(row => row.finding)
      .map((row): INamed => ({ kind: 'finding', name: row.finding, about: row.question })),
    ...rows.flatMap(row =>
      row.runs.map((run): INamed => ({
        kind: 'run',
        name: run.id,
        about: `${run.arm}, ${run.block}: ${run.state}`
      }))
    ),
    ...cells.map((cell): INamed => ({
      kind: 'cell',
      name: String(cell.number),
      about: cell.text.trim().split('\n')[0] ?? ''
    }))
  ];
}

/** A file name as one word of a line. */
export function quoted(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", `'"'"'`)}'`;
}
