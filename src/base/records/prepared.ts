// Tokens of datasets as they are stored: what a run reads.
import type { Classes } from '../modelShape';
import type { TrainSettings } from '../settings/trainSettings';
import type { ThoughtUse } from '../settings/tuneSettings';
import type { Id } from './named';

/** What a run learns from: plain text, conversations, answers that are better, good or bad, or the classes of texts. */
export type Task = TrainSettings['task'];

/** A row that a person picked: its place in its dataset, counted from 1, and the hash of its text as it is kept. */
export interface PickedRow {
  datasetId: Id;
  row: number;
  hash: number;
}

/**
 * What a person chose of the rows, beside the split that the seed makes of all of them. Which rows these are follows
 * from the rows and the seed, so the choice is a part of what the tokens were made of.
 */
export interface RowPicks {
  /** Rows that repeat an earlier row word for word are left out. */
  repeats?: true;
  /** Training rows that nearly repeat another one are left out. */
  near?: true;
  /** Held-out rows that training gives away are trained on. */
  leaks?: true;
  /** These are left out. */
  rows?: readonly PickedRow[];
}

/** Rows that were left out or moved by each choice. */
export type PickedCounts = Record<keyof RowPicks, number>;

/** What one of several datasets gave to both sides of the split. */
export interface PreparedPart {
  trainRows: number;
  trainTokens: number;
  validationRows: number;
  validationTokens: number;
}

/** Rows of datasets as token streams, split; what a run reads. Made again whenever its parts change. */
export interface PreparedRecord {
  id: Id;
  createdAt: number;
  datasetIds: Id[];
  tokenizerId: Id;
  seed: number;
  /** The share of distinct rows held out, 0 … 0.5. */
  validationShare: number;
  /**
   * Absent: text. Else weights and rows are kept beside the tokens; of pairs, rows are the chosen and the rejected
   * answer in turn; of KTO each row has one answer, whose weights are −1 where it is bad.
   */
  task?: Task;
  /** SHA-256 of the chat template that wrote the rows, with the tokens that it names; absent for text. */
  template?: string;
  /** Each row is a conversation up to one of its answers. */
  rowPerAnswer?: true;
  /** What becomes of thoughts before answers; absent: they are learned with them. */
  thoughts?: Exclude<ThoughtUse, 'learn'>;
  /** Of texts that are classified: behind the tokens of a row stands the number of its label. */
  classes?: Classes;
  /** Absent: every row is read, on the side where the seed puts it. */
  picks?: RowPicks;
  /** Absent where nothing was picked. */
  picked?: PickedCounts;
  /** Rows left out because the row that each was made of is held out; absent: none. */
  copiesLeft?: number;
  /** Rows without a graded token, which teach nothing; absent for text. */
  ungraded?: number;
  trainRows: number;
  validationRows: number;
  trainTokens: number;
  validationTokens: number;
  trainBytes: number;
  validationBytes: number;
  /** What each dataset gave, in their order; absent where there is one, and in records of versions without mixes. */
  parts?: PreparedPart[];
  chunks: { train: number; validation: number };
  /** SHA-256 of each chunk by the number of its column; absent in records of versions that kept none. */
  hashes?: string[][];
  /** When it was asked for again; absent where it never was. */
  usedAt?: number;
  /** SHA-256 over both streams: a resumed run refuses other data. */
  sha256: string;
}

/** What the tokens are made of: what was made of the same is found again. */
export type PreparedFrom = Pick<
  PreparedRecord,
  | 'datasetIds'
  | 'tokenizerId'
  | 'seed'
  | 'validationShare'
  | 'task'
  | 'template'
  | 'rowPerAnswer'
  | 'thoughts'
  | 'classes'
  | 'picks'
>;
