// The step that keeps one row of each group of rows that nearly repeat each other, or marks the groups in a column.
import { isAugmented } from '../../base/records/augmented';
import { growingFloats, growingNumbers } from './near/growing';
import { LEAST_SIMILARITY, Similarity } from './near/similarity';
import type { SimilarRows } from './near/similarRows';
import { comparedText, leftOut, LOOKED_AT, lookedAtText, type LookedAt } from './rowText';
import type { CleanRow, CleanStep, Outcome, SettingSweep, StepPass } from './step';

interface Settings {
  [name: string]: number | string;
  on: LookedAt;
  /** The Jaccard similarity of shingles from which two rows count as one. */
  similarity: number;
  keep: string;
}

/** The column of `keep: all`: the number of the first row of the group, by which a split keeps a group together. */
export const NEAR_GROUP = 'near-group';

/** Hundredths from the least that is looked for up to equal texts. */
const SIMILARITIES = Array.from({ length: 101 }, (_, i) => i / 100).filter((value) => value >= LEAST_SIMILARITY);

class NearDuplicates implements StepPass {
  readonly #similarity = new Similarity();
  /** By place in the order of `see`; a rating is −∞ where it does not count. */
  readonly #ids = growingNumbers();
  readonly #lengths = growingNumbers();
  readonly #ratings = growingFloats();
  /** By the id of each row of a group: that of the row that stays for it. */
  readonly #kept = new Map<number, number>();
  #found: SimilarRows | undefined;

  constructor(private readonly settings: Settings) {}

  /** Rows that were made of others are no repeats: they are meant to be alike. */
  see(row: CleanRow): void {
    if (isAugmented(row.facts)) return;
    const { rating } = row.facts;
    this.#similarity.add(comparedText(row, this.settings.on));
    this.#ids.push(row.id);
    this.#lengths.push(lookedAtText(row, 'row').length);
    this.#ratings.push(this.settings.keep === 'rated' && typeof rating === 'number' ? rating : -Infinity);
  }

  /** @throws cancelled */
  async plan(signal?: AbortSignal): Promise<void> {
    const found = (this.#found = await this.#similarity.find(signal));
    const ids = this.#ids.data;
    for (const group of found.groups(this.settings.similarity)) {
      const kept = this.#best(group);
      for (const row of group) this.#kept.set(ids[row]!, ids[kept]!);
    }
  }

  decide({ id }: CleanRow): Outcome {
    const kept = this.#kept.get(id);
    if (kept === undefined) return { kept: true };
    if (this.settings.keep === 'all') return { kept: true, facts: { [NEAR_GROUP]: kept + 1 } };
    return kept === id ? { kept: true } : leftOut('near-duplicate', { row: kept + 1 });
  }

  sweep(): SettingSweep | undefined {
    const found = this.#found;
    if (!found || this.settings.keep === 'all') return undefined;
    return { setting: 'similarity', values: SIMILARITIES, left: SIMILARITIES.map((least) => found.leftOut(least)) };
  }

  /** The best rated; of rows with the same rating the longest, of these the first. */
  #best(group: readonly number[]): number {
    if (this.settings.keep === 'all') return group[0]!;
    const [ratings, lengths] = [this.#ratings.data, this.#lengths.data];
    return group.reduce((best, row) => {
      if (ratings[row] !== ratings[best]) return ratings[row]! > ratings[best]! ? row : best;
      return lengths[row]! > lengths[best]! ? row : best;
    });
  }
}

export const nearDuplicatesStep: CleanStep<Settings> = {
  kind: 'near-duplicates',
  defaults: { on: 'row', similarity: 0.7, keep: 'rated' },
  reasons: ['near-duplicate'],
  limits: { similarity: [LEAST_SIMILARITY, 1] },
  choices: { on: LOOKED_AT, keep: ['rated', 'longest', 'all'] },
  start: (settings) => new NearDuplicates(settings),
};
