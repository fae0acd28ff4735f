/**
 * What a check of the data is: a look at row after row that says at the end what it found. A check is one file of this
 * folder and its sentence in the words; checks.ts lists them. Nothing here changes a row.
 */
import type { CureKind, Finding, FindingCode } from '../../base/wire/findings';
import type { Marks } from '../../base/settings/thumbWeights';
import type { Tokenizer } from '../tokens/tokenizer';
import type { NearFound } from './nearRows';

/** A row as the caller has read it. */
export interface InspectedRow {
  /** All that people wrote in it. */
  text: string;
  /** What the last answer is to; the whole row where it is plain text. */
  question: string;
  /** The answers; none in plain text. */
  answers: readonly string[];
  /** Of a text that is classified: its labels, none where nobody gave it one. */
  labels?: readonly string[];
  /** It is held out. */
  held: boolean;
  /** It was made of another row, which it may repeat. */
  made?: boolean;
  /** How many of its answers are good and bad, where a run learns from that. */
  marks?: Marks;
  /** It has answers, and all of them are marked not to be trained. */
  muted?: boolean;
  /** What it says that the template has no name for. */
  unnamed?: readonly ('tools' | 'thinking')[];
  /** Thoughts are learned: whether one stands before its last answer. */
  thinks?: boolean;
  /** What it was encoded to belongs together, as the two answers of a pair do. */
  paired: boolean;
  /**
   * The row as tokens, or why the template cannot write it: it changes earlier turns once more follow, or it refuses
   * the row.
   */
  encoded: { ids: Uint32Array; weights?: Float32Array }[] | Unwritten;
}

export type Unwritten = { reason: 'prefix' } | { reason: 'other'; refusal: NonNullable<Finding['refusal']> };

/** What the loss mask leaves of a row in a window of the context length. */
export interface RowGrades {
  /** Tokens that the longest part of the row predicts, before any cut. */
  longest: number;
  /** The row is longer than a window. */
  truncated: boolean;
  /** A graded token is left; of a pair in both answers. */
  teaches: boolean;
  /** The last graded token of a part is special, as one that ends a turn is. */
  endsTurn: boolean;
  /** Tokens that each part with a graded token takes in a window. */
  lengths: readonly number[];
}

/** A row as checks see it. */
export interface CheckedRow extends InspectedRow {
  /** Counted from 1 over all datasets in order. */
  number: number;
  /** What is graded of it; absent for plain text and for what the template cannot write. */
  grades: RowGrades | undefined;
}

/** What a check found: `count` rows, and which they are where it can name them. */
export interface Found {
  count: number;
  rows?: readonly number[];
  facts?: Finding['facts'];
  refusal?: Finding['refusal'];
}

/** One pass of a check over the rows. */
export interface Look {
  see(row: CheckedRow): void;
  /**
   * @param rows All that were seen
   * @param near What a check is given that asks for it
   */
  found(rows: number, near: NearFound): Found | undefined;
}

export interface Check {
  code: FindingCode;
  level: Finding['level'];
  /** Changes of the settings that make the finding go away, the best first; the page has a button for each. */
  cures?: readonly CureKind[];
  /** It needs to know which rows are alike. */
  near?: true;
  look(tokenizer: Tokenizer): Look;
}

/** A look that counts and names the rows of which `hits` is true. */
export function lookPerRow(hits: (row: CheckedRow) => boolean, more?: () => Omit<Found, 'count' | 'rows'>): Look {
  const rows: number[] = [];
  return {
    see: (row) => {
      if (hits(row)) rows.push(row.number);
    },
    found: () => (rows.length ? { count: rows.length, rows, ...more?.() } : undefined),
  };
}

/** A look that counts and names rows which are alike. */
export const lookNear = (rowsOf: (near: NearFound) => readonly number[]): Look => ({
  see: () => undefined,
  found: (_, near) => {
    const rows = rowsOf(near);
    return rows.length > 0 ? { count: rows.length, rows, facts: { looked: near.looked } } : undefined;
  },
});
