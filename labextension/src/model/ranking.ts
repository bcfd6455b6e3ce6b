/** An order of names, best first, that a person moves about; pure, so that a change is a new one. */
export class Ranking {
  constructor(readonly names: readonly string[]) {}

  /** As the verb `predict` takes it. */
  get text(): string {
    return this.names.join(' > ');
  }

  /** With a name at another place (from 0); places beyond the ends are the ends. */
  move(name: string, to: number): Ranking {
    const from = this.names.indexOf(name);
    const place = Math.max(0, Math.min(this.names.length - 1, to));
    if (from === -1 || place === from) {
      return this;
    }
    const names = this.names.filter(one => one !== name);
    names.splice(place, 0, name);
    return new Ranking(names);
  }

  /** For a plan with other arms: those that are still there keep their order, new ones come last. */
  over(names: readonly string[]): Ranking {
    const kept = this.names.filter(name => names.includes(name));
    const added = names.filter(name => !kept.includes(name));
    const now = [...kept, ...added];
    return now.join('\n') === this.names.join('\n') ? this : new Ranking(now);
  }

  equals(other: readonly string[]): boolean {
    return this.names.join('\n') === other.join('\n');
  }
}
