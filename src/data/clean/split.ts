// The step that puts rows on two sides, training and held out: by a seed, a share of each stratum, groups whole. The
// sides are a column of the rows, which runs keep.
import { augmentedGroup, isAugmented } from '../../base/records/augmented';
import { rowHash } from '../batches/holdout';
import { leftOut, lookedAtText } from './rowText';
import type { CleanRow, CleanStep, Outcome, StepPass } from './step';

interface Settings {
  [name: string]: number | string | boolean;
  seed: number;
  share: number;
  /** A column: of each of its values the share is held out. */
  by: string;
  /** A column: rows with the same value stay together. Without it rows of the same text do. */
  group: string;
  /** Rows that have a side keep it. */
  frozen: boolean;
}

/** Rows that stay together. */
interface Group {
  order: number;
  rows: number;
}

class SeededSplit implements StepPass {
  /** By stratum, by the hash of the group. */
  readonly #strata = new Map<string, Map<number, Group>>();
  readonly #held = new Set<number>();
  /** What rows share with those that were made of them, by the hash of the group; of rows held out before by itself. */
  readonly #sources: (readonly [hash: number | undefined, made: string])[] = [];
  readonly #heldSources = new Set<string>();

  constructor(private readonly settings: Settings) {}

  see(row: CleanRow): void {
    if (isAugmented(row.facts)) return;
    const made = augmentedGroup(row.facts);
    const free = this.#isFree(row);
    if (made !== undefined && (free || row.held)) this.#sources.push([free ? this.#groupOf(row) : undefined, made]);
    if (!free) return;
    const stratum = String(row.facts[this.settings.by] ?? '');
    const groups = this.#strata.get(stratum) ?? new Map<number, Group>();
    this.#strata.set(stratum, groups);
    const key = this.#groupOf(row);
    const group = groups.get(key) ?? { order: rowHash(`${this.settings.seed} ${key}`, ORDER), rows: 0 };
    groups.set(key, { ...group, rows: group.rows + 1 });
  }

  /** A group that spans strata is held out where the first of them holds it out. */
  plan(): void {
    for (const groups of this.#strata.values()) {
      const total = [...groups.values()].reduce((sum, { rows }) => sum + rows, 0);
      let left = Math.round(total * this.settings.share);
      for (const [key, { rows }] of [...groups].sort(([, a], [, b]) => a.order - b.order)) {
        if (this.#held.has(key)) left -= rows;
        else if (rows <= left) {
          this.#held.add(key);
          left -= rows;
        }
      }
    }
    for (const [hash, made] of this.#sources)
      if (hash === undefined || this.#held.has(hash)) this.#heldSources.add(made);
  }

  decide(row: CleanRow): Outcome {
    if (isAugmented(row.facts)) return this.#made(row);
    if (!this.#isFree(row)) return { kept: true };
    const held = this.#held.has(this.#groupOf(row));
    return held ? { kept: true, held, reason: { code: 'held-out', facts: {} } } : { kept: true, held };
  }

  /** A row that was made is never held out; in training it would give away the row that it was made of. */
  #made(row: CleanRow): Outcome {
    const made = augmentedGroup(row.facts);
    if (made !== undefined && this.#heldSources.has(made)) return leftOut('copy-of-held');
    return this.#held.has(this.#groupOf(row)) ? leftOut('copy-of-held') : { kept: true, held: false };
  }

  #isFree({ facts }: CleanRow): boolean {
    return !(this.settings.frozen && facts['split'] !== undefined);
  }

  #groupOf(row: CleanRow): number {
    const { group } = this.settings;
    const value = group === '' ? undefined : row.facts[group];
    return rowHash(value === undefined ? `text ${lookedAtText(row, 'row')}` : `group ${String(value)}`, GROUP);
  }
}

const ORDER = [0x1f123bb5, 0x5f356495] as const;
const GROUP = [0x3c6ef372, 0x78dde6e4] as const;

export const splitStep: CleanStep<Settings> = {
  kind: 'split',
  defaults: { seed: 1, share: 0.1, by: '', group: '', frozen: true },
  reasons: ['held-out', 'copy-of-held'],
  limits: { seed: [0, 1e9], share: [0, 0.5] },
  byHand: true,
  columns: ({ by, group }) => [by, group].filter((column) => column !== ''),
  start: (settings) => new SeededSplit(settings),
};
