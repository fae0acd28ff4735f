// What files of labels have in common: a row with its answer, and where its stretches begin and end. Each tool writes
// the same in a shape of its own.
import type { LabelTask, SideBetter } from '../../base/records/labels';
import type { JsonObject } from '../json';

/** In UTF-16 units of the row's text. */
export interface FileSpan {
  start: number;
  end: number;
  label: string;
}

/** One of these, by the kind of the task. */
export interface FileAnswer {
  /** Classes; of rows that are kept, fixed or dropped that word. */
  choices?: readonly string[];
  rating?: number;
  better?: SideBetter;
  spans?: readonly FileSpan[];
  /** The texts that a fixed row gets. */
  texts?: readonly string[];
}

export type FileTask = Pick<LabelTask, 'kind' | 'several' | 'guidelines'>;

/** A row with its answer, as it is written. */
export interface LabelledRow {
  /** Its id. */
  row: number;
  /** All of it; of two answers what both answer. */
  text: string;
  /** As messages. */
  asked: readonly { role: string; content: string }[];
  /** The two answers, in the order in which they are stored. */
  answers?: readonly [first: string, second: string];
  answer: FileAnswer;
  at: number;
  /** Milliseconds. */
  took?: number;
}

/** A record as it is read: the texts that its row is found by, and its answer. */
export interface ReadLabel {
  row?: number;
  texts: readonly string[];
  /** Ways in which texts of it can be the two answers of a row, and which of them is better then. */
  pairs: readonly (readonly [first: string, second: string, better: SideBetter])[];
  answer: FileAnswer;
}

/** A tool, and the shape of its files. */
export interface LabelFormat {
  /** All rows as one file; undefined where the tool has no shape for such a task. */
  write(rows: readonly LabelledRow[], task: FileTask): string | undefined;
  /** Undefined for a record of another shape; without an answer nobody labelled it. */
  read(record: JsonObject): ReadLabel | undefined;
}

export const jsonLines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

export const stringsIn = (values: readonly unknown[]): string[] =>
  values.filter((value): value is string => typeof value === 'string');

/** Every two of these texts, in their order. */
export const pairsIn = (texts: readonly string[], better: SideBetter | undefined): ReadLabel['pairs'] =>
  better
    ? texts.slice(0, MOST_TEXTS).flatMap((a, i) => texts.slice(i + 1, MOST_TEXTS).map((b) => [a, b, better] as const))
    : [];
/** A record of very many columns is searched no longer. */
const MOST_TEXTS = 12;

const isSide = (value: unknown): value is SideBetter => value === 'first' || value === 'second' || value === 'tie';

/** The choice that says which answer is better, where it is one. */
export const sideIn = (choices: readonly string[]): SideBetter | undefined => choices.find(isSide);
