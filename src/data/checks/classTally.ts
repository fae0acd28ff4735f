/** How many rows of each class stand on each side of the split, as rows are seen. */
import { toldClasses } from '../../base/wire/classes';
import type { ClassCount } from '../../base/wire/requests';
import type { CheckedRow, InspectedRow } from './check';

export class ClassTally {
  readonly #counts = new Map<string, ClassCount>();

  see({ labels = [], held }: Pick<InspectedRow, 'labels' | 'held'>): void {
    for (const name of labels) {
      const count = this.#counts.get(name) ?? { name, train: 0, held: 0 };
      count[held ? 'held' : 'train']++;
      this.#counts.set(name, count);
    }
  }

  /** The most frequent in training first. */
  get counts(): ClassCount[] {
    return [...this.#counts.values()].sort((a, b) => b.train - a.train || (a.name < b.name ? -1 : 1));
  }
}

/** A look at the classes of all rows; `hits` says which of them are told. */
export function lookAtClasses(hits: (count: ClassCount) => boolean) {
  const tally = new ClassTally();
  return {
    see: (row: CheckedRow): void => tally.see(row),
    found: () => {
      const told = tally.counts.filter(hits);
      return told.length
        ? { count: told.length, facts: { classes: toldClasses(told.map(({ name }) => name)) } }
        : undefined;
    },
  };
}
