// The step that adds copies of rows of rare classes, drawn by a seed, until each class has as many rows as the largest
// or the median one.
import { rowHash } from '../batches/holdout';
import { copyFacts, mayHaveCopies, withCopies } from './copies';
import type { CleanRow, CleanStep, Outcome, Reason, StepPass } from './step';

interface Settings {
  [name: string]: number | string;
  /** A column: its values are the classes. */
  by: string;
  to: string;
  /** Copies of one row: the same row very often teaches it by heart. */
  most: number;
  seed: number;
}

interface Class {
  /** Training rows, those that were made too. */
  rows: number;
  /** Of rows that may have copies. */
  ids: number[];
}

const ORDER = [0x6a09e667, 0xbb67ae85] as const;

/** The column of classes that has no other name. */
const USUAL = 'label';

class Rebalance implements StepPass {
  readonly adds = true;
  readonly #by: string;
  readonly #classes = new Map<string, Class>();
  /** By the id of the row. */
  readonly #copies = new Map<number, number>();
  /** Classes that stay rare, and by how many rows. */
  #short = { classes: 0, rows: 0 };

  constructor(private readonly settings: Settings) {
    this.#by = settings.by.trim() || USUAL;
  }

  see(row: CleanRow): void {
    const value = row.facts[this.#by];
    if (value === undefined || row.held) return;
    const key = String(value);
    const one = this.#classes.get(key) ?? { rows: 0, ids: [] };
    this.#classes.set(key, one);
    one.rows++;
    if (mayHaveCopies(row)) one.ids.push(row.id);
  }

  plan(): void {
    const counts = [...this.#classes.values()].map(({ rows }) => rows).sort((a, b) => a - b);
    const goal = counts[this.settings.to === 'largest' ? counts.length - 1 : counts.length >> 1] ?? 0;
    for (const one of this.#classes.values()) this.#share(one, goal - one.rows);
  }

  /** Every row of the class equally often; which of them once more, the seed says. */
  #share({ ids }: Class, wanted: number): void {
    if (wanted <= 0) return;
    const given = Math.min(wanted, ids.length * this.settings.most);
    if (given < wanted) this.#short = { classes: this.#short.classes + 1, rows: this.#short.rows + wanted - given };
    if (!given) return;
    const each = Math.floor(given / ids.length);
    const order = new Map(ids.map((id) => [id, rowHash(`${this.settings.seed} ${id}`, ORDER)]));
    const drawn = ids.toSorted((a, b) => order.get(a)! - order.get(b)!);
    for (const [i, id] of drawn.entries()) this.#copies.set(id, each + (i < given % ids.length ? 1 : 0));
  }

  decide(row: CleanRow): Outcome {
    const copies = this.#copies.get(row.id) ?? 0;
    if (!copies) return { kept: true };
    const copy = { texts: row.parts.map(({ text }) => text), facts: copyFacts(row, 'rebalance') };
    return withCopies(row, Array<typeof copy>(copies).fill(copy), 'rebalance');
  }

  notes(): Reason[] {
    if (!this.#classes.size) return [{ code: 'column-missing', facts: { column: this.#by } }];
    const { classes, rows } = this.#short;
    return classes ? [{ code: 'rebalance-short', facts: { classes, rows, most: this.settings.most } }] : [];
  }
}

export const rebalanceStep: CleanStep<Settings> = {
  kind: 'rebalance',
  defaults: { by: '', to: 'largest', most: 10, seed: 1 },
  reasons: ['rebalance', 'rebalance-short', 'column-missing'],
  limits: { most: [1, 1000], seed: [0, 1e9] },
  choices: { to: ['largest', 'median'] },
  byHand: true,
  augments: true,
  columns: ({ by }) => (by.trim() === '' ? [] : [by.trim()]),
  start: (settings) => new Rebalance(settings),
};
