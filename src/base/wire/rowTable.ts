// What the page asks of the rows of a dataset as a table, and what the data worker answers: columns, facets, some rows.
import type { Id } from '../records/named';
import type { Condition, ValueRange } from '../records/recipe';
import type { LossScores } from '../records/scores';

/** A column of the table. */
export interface TableColumn {
  /** As conditions name it. */
  key: string;
  /** Its name in the file, of one that stands beside the rows; absent: it is computed. */
  beside?: string;
  /** Of losses: whose they are. */
  under?: Pick<LossScores, 'model' | 'weightsId' | 'context' | 'cut' | 'refused'>;
  kind: 'number' | 'category';
  /** Rows that have a value. */
  rows: number;
}

/** Columns that are computed when they are asked for, because they take long: their keys. */
export const ASKED_KEYS = {
  tokens: 'token-length',
  language: 'guess-language',
  personal: 'found-personal',
  secrets: 'found-secrets',
  quality: 'quality-over',
  near: 'near-repeats',
} as const;
/** The column of losses under a model has this before the id of its weights. */
export const LOSS_UNDER = 'loss-under:';

export type AskedColumn = keyof typeof ASKED_KEYS;

/** One that was asked for. */
export interface ColumnAsked {
  kind: AskedColumn;
  /** Of `tokens`. */
  tokenizerId?: Id;
}

export interface TableSort {
  /** Its key; `row` is the order in which rows are stored. */
  column: string;
  down: boolean;
}

/** Which rows the table shows, and in which order. */
export interface TableQuery {
  datasetId: Id;
  /** Conditions that all hold, at most one on each column. */
  filter: readonly Condition[];
  sort: TableSort;
  asked: readonly ColumnAsked[];
}

/** The part of a query that says which rows, in whatever order. */
export type TableFilter = Pick<TableQuery, 'filter' | 'asked'>;

export interface TableView {
  rows: number;
  /** Rows that pass the filter. */
  matched: number;
  columns: readonly TableColumn[];
  /** Columns beside the rows that are too many to be shown. */
  unlisted: number;
}

/** Values of a facet that are listed; the others are found by a search. */
export const LISTED_FACET_VALUES = 50;

/** One bar of a facet. */
export interface FacetBar {
  /** Of numbers. */
  range?: ValueRange;
  /** Of categories. */
  value?: string;
  rows: number;
  /** Rows that pass the conditions on the other columns. */
  here: number;
}

export interface Facet {
  column: string;
  bars: readonly FacetBar[];
  /** Rows without a value. */
  none: Pick<FacetBar, 'rows' | 'here'>;
  /** Values that differ, or of a search in them those found. */
  values: number;
  /** Rows with values that were too many to be counted one by one; absent: none. */
  beyond?: number;
}

export interface FacetRequest {
  column: string;
  /** Only values that contain this. */
  search: string;
}

/** A row as the table shows it. */
export interface TableRow {
  id: number;
  /** Its place in the dataset, from 0. */
  index: number;
  /** The beginning of its text. */
  text: string;
  /** Of the columns that were asked for, in order. */
  cells: readonly (string | number | readonly string[] | undefined)[];
}

export interface RowsRequest {
  query: TableQuery;
  from: number;
  count: number;
  /** Columns whose values are wanted. */
  columns: readonly string[];
}
