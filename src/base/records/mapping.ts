// What each column of a table or of JSON rows is used for, as it is detected, shown, changed and stored.
export const COLUMN_USES = [
  'messages',
  'question',
  'further',
  'choices',
  'answer',
  'reasoning',
  'system',
  'history',
  'tools',
  'chosen',
  'rejected',
  /** Which of two answers is better: the one in the column of the better or of the worse. */
  'verdict',
  'text',
  'label',
  'rating',
  'weight',
  /** Stored beside the row, not trained on. */
  'fact',
] as const;

export type ColumnUse = (typeof COLUMN_USES)[number];

export type RowShape =
  'messages' | 'turns' | 'questions' | 'preference' | 'thumbs' | 'classification' | 'scored' | 'text';

export interface MappedColumn {
  column: string;
  use: ColumnUse;
}

/** In the order of the columns; of several with one use the first comes first. */
export interface Mapping {
  shape: RowShape;
  columns: readonly MappedColumn[];
  /** No column has a known name: this is what stands in them. */
  guessed?: true;
}

/** A mapping with what stands in the first rows. */
export interface ShownMapping extends Mapping {
  /** A few rows, each with the beginning of what it has in the columns, in their order. */
  samples: readonly (readonly string[])[];
  /** A person chose it. */
  chosen?: true;
}
