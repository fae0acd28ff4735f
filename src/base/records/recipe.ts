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
  'begun' | 'added' | 'removed' | 'moved' | 'switched-on' | 'switched-off' | 'set' | 'narrowed' | 'edited' | 'loaded';

/** One state of a recipe on the way; none is ever dropped. */
export interface RecipeState {
  deed: RecipeDeed;
  /** The step that it was done to. */
  kind?: string;
  /** The place of the state that it was done to; of the first its own. */
  from: number;
  steps: readonly RecipeStep[];
}

/** The recipe that a person works on, with all its states; by the dataset that it is for. */
export interface RecipeRecord {
  id: Id;
  states: readonly RecipeState[];
  /** The place of the state that counts. */
  at: number;
}
