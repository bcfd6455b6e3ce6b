/** What the output of a magic is about. It is text of a file: of it ids are believed, and what they name is looked up. */
export interface IAbout {
  readonly kind: 'experiment' | 'finding' | 'checks';
  readonly ids: readonly string[];
  /** What the file says that it is; shown only where the record does not know it. */
  readonly claim: string;
}

export const EXPERIMENT_MIME = 'application/vnd.coimprove.experiment+json';
export const PROPOSAL_MIME = 'application/vnd.coimprove.proposal+json';
/** Stands beside the buttons that magics bring for front ends without this extension. */
export const BUTTONS_MIME = 'application/vnd.coimprove.buttons+json';

/** More than these in one output are listed nowhere either. */
const MOST = 50;

/** What these data name; null where they name nothing. */
export function about(data: unknown): IAbout | null {
  const view = asObject(data);
  const first = (...keys: string[]): string =>
    keys
      .map(key => view[key])
      .find(one => typeof one === 'string' && one !== '')
      ?.toString() ?? '';
  const rows = (key: string): Record<string, unknown>[] =>
    Array.isArray(view[key]) ? (view[key] as unknown[]).slice(0, MOST).map(asObject) : [];
  const claim = first('claim', 'question', 'title', 'summary', 'notebook').slice(0, 2000);
  const named = (kind: IAbout['kind'], ids: readonly unknown[]): IAbout | null => {
    const known = ids.filter((id): id is string => typeof id === 'string' && ID.test(id));
    return known.length > 0 ? { kind, ids: known, claim } : null;
  };
  switch (view['view']) {
    case 'PlanView':
      return named('experiment', [view['id']]);
    case 'ResultsView':
      return named('experiment', [view['experiment']]);
    case 'StatusView':
      return named(
        'experiment',
        rows('experiments').map(row => row['id'])
      );
    case 'FindingView':
      return named('finding', [view['id']]);
    case 'ProposalView':
      return named('checks', [view['id']]);
    case 'CheckView':
      return named(
        'checks',
        rows('findings').map(row => row['id'])
      );
    default:
      return null;
  }
}

const ID = /^[a-z]{2,8}_[0-9A-HJKMNP-TV-Z]{26}$/;

function asObject(data: unknown): Record<string, unknown> {
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};
}
