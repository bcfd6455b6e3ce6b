/** The newest version of our metadata that this extension reads. */
const VERSION = 1;
/** Under this name in a cell's metadata. */
export const KEY = 'coimprove';
const ID = /^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/;

/** What an accepted cell says of itself. Text of a file: shown, never believed. */
export interface IMark {
  /** The proposal or finding that it was. */
  readonly subject: string;
  readonly decision: string;
  readonly experiment: string;
  readonly author: string;
  readonly model: string;
  readonly decidedBy: string;
  readonly decidedAt: string;
}

/** A cell's metadata of ours that cannot be read, and why. */
export interface IBadMark {
  readonly problem: 'malformed' | 'version';
}

/** The mark of a cell, by its metadata under {@link KEY}; null where there is none. */
export function readMark(value: unknown): IMark | IBadMark | null {
  if (value === undefined || value === null) {
    return null;
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    return { problem: 'malformed' };
  }
  const said = value as Record<string, unknown>;
  if (typeof said['v'] !== 'number') {
    return { problem: 'malformed' };
  }
  if (said['v'] !== VERSION) {
    return { problem: 'version' };
  }
  const text = (name: string): string => {
    const found = said[name];
    return typeof found === 'string' ? found : '';
  };
  const subject = text('finding') || text('proposal');
  if (!ID.test(subject)) {
    return { problem: 'malformed' };
  }
  return {
    subject,
    decision: text('decision'),
    experiment: text('experiment'),
    author: text('author'),
    model: text('model'),
    decidedBy: text('decided_by'),
    decidedAt: text('decided_at')
  };
}

/** The decision by which a cell stands in its notebook; empty where it says none. */
export function decisionOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return '';
  }
  const decision = (value as Record<string, unknown>)['decision'];
  return typeof decision === 'string' ? decision : '';
}
