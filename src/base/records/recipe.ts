// A recipe: the steps that make one version of a dataset from another, as plain data that is stored and saved as JSON.
import type { Id } from './named';

/**
 * A row's further columns: its label, rating, source, and fields of the file that are no part of what is trained on.
 */
export type RowFacts = Record<string, string | number | boolean>;

/** What a step is told: numbers in the unit that its words name, choices and lists as text. */
export type StepSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** Numbers from one to another; both ends belong to it. */
export type ValueRange = readonly [least: number, most: number];

/** One condition on a column; a filter is several of them that all hold. */
export interface Condition {
  column: string;
  range?: ValueRange;
  /** In one of these ranges, or one of the values. */
  ranges?: readonly ValueRange[];
  /** One of these values; empty text: there is none. */
  values?: readonly string[];
  /** The column's text contains this, whatever its case. */
  contains?: string;
}

export interface RecipeStep {
  id: Id;
  /** A file of data/clean. */
  kind: string;
  on: boolean;
  settings: StepSettings;
  /** The rows that it was made for; absent: all. */
  filter?: readonly Condition[];
}

export interface Recipe {
  format: 'atelier-recipe';
  version: 1;
  steps: readonly RecipeStep[];
}

/** What a person did to a recipe. */
export type RecipeDeed =
  | 'begun'
  | 'added'
  | 'removed'
  | 'moved'
  | 'switched-on'
  | 'switched-off'
  | 'set'
  | 'narrowed'
  | 'edited'
  | 'accepted'
  | 'loaded';

/** One state of a recipe on the way; none is ever dropped. */
export interface RecipeState {
  deed: RecipeDeed;
  /** The step that it was done to. */
  kind?: string;
  /** The place of the state that it was done to; of the first its own. */
  from: number;
  steps: readonly RecipeStep[];
}

/** A row that a model proposes: nothing becomes of it until a person accepts it. */
export interface ProposedRow {
  /** The id of the row that it is made of, and what the model read of that. */
  of: number;
  source: string;
  /** Which part of the row it says in other words. */
  on: 'question' | 'answer';
  /** Another wording, or a question. */
  text: string;
  /** To the question. */
  answer?: string;
  model: string;
}

/** What a model is asked to write, as a person chose it. */
export interface ModelTask {
  how: 'paraphrase' | 'questions';
  /** What is said in other words. */
  on: 'question' | 'answer';
  /** What it is asked, with {text} where the row's text stands. */
  prompt: string;
  /** Rows that it is asked about, at most. */
  most: number;
  seed: number;
}

/** What a model was asked for, how far it is, and what waits for a person. */
export interface ModelAsking extends ModelTask {
  /** The place of the next row from 0, and the rows asked about before it. */
  next: number;
  asked: number;
  /** Rows about which the model wrote nothing that can be used. */
  unusable: number;
  waiting: readonly ProposedRow[];
  /** Accepted questions with their answers. */
  pairs: readonly ProposedRow[];
  /** The newest last. */
  decided: readonly { row: ProposedRow; accepted?: string }[];
}

/** The recipe that a person works on, with all its states; by the dataset that it is for. */
export interface RecipeRecord {
  id: Id;
  states: readonly RecipeState[];
  /** The place of the state that counts. */
  at: number;
  /** Absent: no model was asked to write rows. */
  asking?: ModelAsking;
}
