/**
 * Pairs of similar texts and the groups that they make, at any threshold: similarities are kept, so that another
 * threshold needs no new pass over the rows.
 */
import { UnionFind } from './unionFind';

/** The number of no text: the row is empty. */
export const NO_TEXT = 0xffffffff;

/** Texts `a` < `b` of each pair with their similarity, in columns. */
export interface TextPairs {
  a: Uint32Array;
  b: Uint32Array;
  similarity: Float64Array;
}

/** A pair of rows; of rows with the same text the first stands for all. */
export interface RowPair {
  a: number;
  b: number;
  similarity: number;
}

export class SimilarRows {
  /** Places of the pairs, the most similar first. */
  readonly #order: Uint32Array;
  /** Similarities of the pairs that join two groups, falling: a forest that holds the groups of every threshold. */
  readonly #joins: number[] = [];
  /** The first row of each text. */
  readonly #firstRow: Uint32Array;
  /** Rows that repeat an earlier text, but for what folding drops. */
  readonly #repeats: number;

  /**
   * @param texts the text of each row, or `NO_TEXT`
   * @param count texts that differ
   */
  constructor(
    private readonly texts: Uint32Array,
    private readonly count: number,
    private readonly pairs: TextPairs,
  ) {
    const { similarity } = pairs;
    this.#order = Uint32Array.from(similarity, (_, i) => i).sort((x, y) => similarity[y]! - similarity[x]!);
    this.#firstRow = new Uint32Array(count);
    for (let row = texts.length - 1; row >= 0; row--) if (texts[row] !== NO_TEXT) this.#firstRow[texts[row]!] = row;
    this.#repeats = texts.reduce((sum, text) => sum + (text === NO_TEXT ? 0 : 1), -count);
    const sets = new UnionFind(count);
    for (const i of this.#order) if (sets.join(pairs.a[i]!, pairs.b[i]!)) this.#joins.push(similarity[i]!);
  }

  /** Rows that are left out where one of each group is kept. */
  leftOut(threshold: number): number {
    const below = this.#joins.findIndex((similarity) => similarity < threshold);
    return this.#repeats + (below < 0 ? this.#joins.length : below);
  }

  /** Pairs of differing texts that are at least so similar, the most similar first. */
  pairsFrom(threshold: number): RowPair[] {
    return Array.from(this.#from(threshold), (i) => ({
      a: this.#firstRow[this.pairs.a[i]!]!,
      b: this.#firstRow[this.pairs.b[i]!]!,
      similarity: this.pairs.similarity[i]!,
    }));
  }

  /**
   * Rows of which each is similar to another of its group, in order; the groups by their first row. Two rows of a group
   * may be less similar to each other.
   */
  groups(threshold: number): number[][] {
    const sets = new UnionFind(this.count);
    for (const i of this.#from(threshold)) sets.join(this.pairs.a[i]!, this.pairs.b[i]!);
    const groups = new Map<number, number[]>();
    this.texts.forEach((text, row) => {
      if (text === NO_TEXT) return;
      const root = sets.root(text);
      const group = groups.get(root);
      if (group) group.push(row);
      else groups.set(root, [row]);
    });
    return [...groups.values()].filter(({ length }) => length > 1);
  }

  #from(threshold: number): Uint32Array {
    const { similarity } = this.pairs;
    const end = this.#order.findIndex((i) => similarity[i]! < threshold);
    return end < 0 ? this.#order : this.#order.subarray(0, end);
  }
}
