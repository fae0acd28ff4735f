// Labels as they are stored: a task asks one question of the rows of a dataset and of its versions, and its decisions
// are a layer beside them, by the ids of the rows. They change no row.
import type { Id, NamedRecord } from './named';

/** What is asked of each row. */
export const LABEL_KINDS = ['keep', 'classes', 'rating', 'better', 'spans'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

/** One key each: 1 … 9. */
export const MOST_CLASSES = 9;
/** A rating is 1 … 5. */
export const MOST_RATING = 5;

/**
 * In which order rows are asked: as they stand, shuffled, by what a model is least sure of, or by the labels beside
 * them that a model finds least likely.
 */
export const LABEL_ORDERS = ['shuffled', 'rows', 'uncertain', 'doubtful'] as const;
export type LabelOrder = (typeof LABEL_ORDERS)[number];

export interface LabelTask extends NamedRecord {
  /** The import whose versions it is for. */
  rootId: Id;
  kind: LabelKind;
  /** Of the kinds `classes` and `spans`. */
  classes: readonly string[];
  /** A row may have several classes. */
  several?: true;
  /** Of `better`: the columns beside the row that hold the two answers; absent: the row is a pair. */
  columns?: readonly [first: string, second: string];
  /** What whoever labels reads beside each item. */
  guidelines: string;
  order: LabelOrder;
  /** Of the shuffled order, of the rows that are asked again, and of the sides of two answers. */
  seed: number;
  /** Each so-manieth item is a row that was asked before; 0: none. */
  repeatEvery: number;
}

/** A stretch of a part of the row, in UTF-16 units, with what stands there. */
export interface LabelSpan {
  part: number;
  start: number;
  end: number;
  label: string;
  text: string;
}

/** The column that says that the two answers of a pair stand in another order than in the import. */
export const EXCHANGED = 'exchanged';
export const isExchanged = (facts: Readonly<Record<string, unknown>>): boolean => facts[EXCHANGED] === true;

/** Of two answers, in the order in which the import has them. */
export const SIDES_BETTER = ['first', 'second', 'tie'] as const;
export type SideBetter = (typeof SIDES_BETTER)[number];

export type LabelAnswer =
  | { kind: 'keep' }
  | { kind: 'drop' }
  /** The texts of all parts of the row, and a key of those that stood there; absent: it came from a file. */
  | { kind: 'fix'; texts: readonly string[]; of?: number }
  | { kind: 'classes'; classes: readonly string[] }
  | { kind: 'rating'; rating: number }
  | { kind: 'better'; better: SideBetter }
  | { kind: 'spans'; spans: readonly LabelSpan[] }
  /** The row was put off; it is no label. */
  | { kind: 'skip' };

/** One decision; of several on a row the last counts. */
export interface LabelDecision {
  rowId: number;
  answer: LabelAnswer;
  at: number;
  /** From when the item was shown, ms; absent where nobody measured it. */
  took?: number;
  /** The row had been asked before, to see whether the answer is the same. */
  again?: true;
  /** It came from a file. */
  imported?: true;
  /** A model's suggestion was shown: whether it was taken, and whose it was. Absent: there was none. */
  origin?: 'suggested' | 'own';
  by?: string;
}

/**
 * An answer between the order of the import, in which it is stored, and that of the row as it stands: the same both
 * ways. Columns that hold two answers never change places.
 */
export function otherOrder(
  answer: LabelAnswer,
  facts: Readonly<Record<string, unknown>>,
  { columns }: Pick<LabelTask, 'columns'>,
): LabelAnswer {
  if (answer.kind !== 'better' || answer.better === 'tie' || columns || !isExchanged(facts)) return answer;
  return { ...answer, better: answer.better === 'first' ? 'second' : 'first' };
}
