// Rows that are written in the studio: which dataset they go into, and what became of feedback and judgements.
import type { DatasetContent, DatasetRecord } from '../records/dataset';
import type { FeedbackKind } from '../records/feedback';
import type { Id } from '../records/named';

/** A new dataset, or the next version of one that is here. */
export type RowTarget = { name: string } | { datasetId: Id };

/** What such a dataset says that it comes from, in place of a file's name. */
export const WRITTEN_SOURCES = ['chat', 'feedback', 'judgements'] as const;
export type WrittenSource = (typeof WRITTEN_SOURCES)[number];

export interface WriteRowsRequest {
  source: WrittenSource;
  content: DatasetContent;
  /** Each row as a JSON object in the form that data sets are published in. */
  rows: readonly Readonly<Record<string, unknown>>[];
  target: RowTarget;
}

/** Which feedback becomes rows of what, and where they go. */
export interface FeedbackRowsRequest {
  ids: readonly Id[];
  targets: Partial<Record<FeedbackKind, RowTarget>>;
}

/** A dataset that was made, and how many rows of it are new. */
export interface MadeOfFeedback {
  kind: FeedbackKind;
  dataset: DatasetRecord;
  added: number;
}
