// What the data worker answers about recipes: what steps find, what they would do, and how two datasets differ.
import type { Id } from '../records/named';
import type { Recipe, StepSettings } from '../records/recipe';
import type { StepCounts } from '../records/version';

/** A step that there is, as the page sets it. */
export interface StepFacts {
  kind: string;
  defaults: StepSettings;
  limits: Readonly<Record<string, readonly [least: number, most: number] | undefined>>;
  choices: Readonly<Record<string, readonly string[] | undefined>>;
  /** Settings that a recipe's file leaves out unless they are asked for. */
  secret: readonly string[];
  /** It does nothing until a person has set it. */
  byHand: boolean;
  /** It adds rows. */
  augments: boolean;
  /** Columns that it needs in its default settings. */
  columns: readonly string[];
}

/** A row's texts with who says each, as a person changes them. */
export interface EditableRow {
  id: number;
  parts: readonly { kind: string; text: string }[];
  /** It is neither held out nor made of another row. */
  mayHaveCopies: boolean;
}

export interface RecipeRequest {
  datasetId: Id;
  recipe: Recipe;
}

/** One row before and after a step; long texts are cut to where they differ. */
export interface StepExample {
  /** Of the row. */
  id: number;
  reason?: { code: string; facts: Record<string, string | number> };
  before: string;
  /** Absent: left out. */
  after?: string;
  /** Stretches of `before` in UTF-16 units in which something was found. */
  spans?: readonly { start: number; end: number; reason: { code: string; facts: Record<string, string | number> } }[];
  /** The side that it goes to. */
  moved?: 'train' | 'validation';
  /** It was added: of the row with this id, or of none. `before` is empty where it has a form of its own. */
  added?: { of?: number };
}

/** What a step did to the rows that came to it, and some of them. */
export interface StepPreview extends StepCounts {
  examples: StepExample[];
  /** Rows that it would leave out at other values of a setting, rising. */
  sweep?: { setting: string; values: readonly number[]; left: readonly number[] };
  /** What keeps its settings from doing what they say: codes as those of reasons. */
  notes: readonly { code: string; facts: Record<string, string | number> }[];
}

export interface RecipePreview {
  /** Before. */
  rows: number;
  /** Of these left out. */
  left: number;
  /** Rows that come behind them. */
  added: number;
  held: number;
  /** Of the steps that are on, in order. */
  steps: StepPreview[];
}

/** What a step in its default settings would do to the rows as they are. */
export interface CleanFinding {
  kind: string;
  /** Rows left out, changed or moved. */
  count: number;
  left: number;
  /** Stretches found in them, by the code of their reason. */
  found?: Record<string, number>;
  examples: StepExample[];
}

/** A column of the rows: how many have it, and the values it takes most, with their counts. */
export interface FactColumn {
  name: string;
  rows: number;
  values: readonly (readonly [value: string, rows: number])[];
}

export interface CleanFindings {
  rows: number;
  findings: CleanFinding[];
  columns: FactColumn[];
}

export const ROW_CHANGES = ['added', 'removed', 'changed'] as const;
export type RowChange = (typeof ROW_CHANGES)[number];

/** A row of either dataset that the other has otherwise, or not. */
export interface RowDifference {
  id: number;
  before?: string;
  after?: string;
}

export interface RowDifferences {
  counts: Record<RowChange | 'same', number>;
  /** Some of those that were asked for. */
  rows: RowDifference[];
}

export interface CompareRequest {
  before: Id;
  after: Id;
  /** Which rows are shown, from which of them on, and how many. */
  change: RowChange;
  from: number;
  count: number;
}

/** As what a dataset is saved. */
export const DATASET_FILES = ['jsonl', 'csv', 'parquet'] as const;
export type DatasetFile = (typeof DATASET_FILES)[number];
