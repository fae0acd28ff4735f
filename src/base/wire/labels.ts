// What the data worker answers about labels: the item that is asked, how far the task is, and what files brought.
import type { DatasetContent } from '../records/dataset';
import type { LabelAnswer, LabelTask } from '../records/labels';
import type { Id } from '../records/named';
import type { RowFacts } from '../records/recipe';
import type { TableFilter } from './rowTable';

/** A task as it is shown over one version of its rows. */
export interface LabelPlace {
  taskId: Id;
  datasetId: Id;
  /** Rows that pass are asked; absent: all. Files and versions have every label, whatever is asked. */
  only?: TableFilter;
}

/** A text of the row, who says it, and which of the two answers of a pair it belongs to. */
export interface LabelPart {
  kind: string;
  text: string;
  side?: 'chosen' | 'rejected';
}

/** What a model finds the likeliest answer to a row; a person decides. */
export interface Suggestion {
  model: string;
  answer: LabelAnswer;
  probability: number;
  /** Every answer, in the order of the task. */
  all: readonly { answer: LabelAnswer; probability: number }[];
}

/** What is known of a model's suggestions for a task over one version. */
export interface SuggestedBy {
  model: string;
  /** Rows that have one. */
  rows: number;
  /** Of these, rows of which the model saw the beginning alone. */
  cut: number;
  refused: number;
  /** Labels beside the rows that are probably wrong; of the order by doubt. */
  doubted?: number;
}

/** The row that is asked. */
export interface LabelItem {
  /** Of the row. */
  id: number;
  parts: readonly LabelPart[];
  /** As it is stored. */
  row: string;
  content: DatasetContent;
  facts: RowFacts;
  /** Its number among the items, from 1. */
  number: number;
  /** Two answers: the second of them stands first, so that the place favours none. */
  turned: boolean;
  /** What was answered before it was brought back. */
  before?: LabelAnswer;
  /** Absent: no model was asked about it. */
  suggested?: Suggestion;
  /** The label beside the row that is doubted, and how likely the model finds it. */
  given?: { label: string; probability: number };
}

/** How often a person gave the same answer to a row that was asked again. */
export interface SelfAgreement {
  pairs: number;
  same: number;
  /** Cohen's kappa; absent where chance alone explains everything, and of kinds without classes. */
  kappa?: number;
}

export interface LabelProgress {
  /** Rows of this version that are asked. */
  rows: number;
  decided: number;
  skipped: number;
  /** By the answer as text: how many rows have it. */
  counts: readonly (readonly [answer: string, rows: number])[];
  /** Measured decisions, from which the pace follows; absent while they are too few. */
  perMinute?: number;
  /** Until the last row, ms, at that pace. */
  left?: number;
  agreement: SelfAgreement;
  /** Decisions that a suggestion was shown for, and how many took it. */
  suggested: { shown: number; taken: number };
  /** The last decision can be taken back. */
  canUndo: boolean;
}

export interface LabelView {
  /** Absent: every row is decided. */
  item?: LabelItem;
  /** Absent: no model was asked. */
  by?: SuggestedBy;
  progress: LabelProgress;
}

/** A task, and how many decisions it has. */
export interface ListedTask {
  task: LabelTask;
  decisions: number;
}

/** Of which rows the version is made. */
export interface LabelVersionRequest extends LabelPlace {
  /** Rows without a label are left out. */
  labelledOnly: boolean;
}

/** The tools whose files labels are written as and read from. */
export const LABEL_FILES = ['label-studio', 'doccano', 'argilla', 'openai'] as const;
export type LabelFile = (typeof LABEL_FILES)[number];

/** What a file of labels brought. */
export interface LabelImport {
  file: LabelFile;
  taken: number;
  /** Records whose row is not in this version. */
  unmatched: number;
  /** Records that answer no question of this task. */
  other: number;
  /** Classes that the task did not have. */
  added: readonly string[];
}
