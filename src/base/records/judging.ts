// A blind comparison of weights by people: what was asked, what each wrote, and who preferred what.
import type { AnswerReading } from '../callFormat';
import type { Sampling } from '../chat';
import type { Message, ToolSchema } from '../conversation';
import type { Id, NamedRecord } from './named';
import type { Answer } from './talk';

/** Weights that are compared. */
export interface Candidate {
  from: Answer['from'];
  weightsId: Id;
  /** The base alone, without the adapter. */
  bare?: true;
  reading?: AnswerReading;
}

export interface JudgedPrompt {
  /** What is asked; empty: `beginning` is a text to carry on. */
  asked: Message[];
  beginning?: string;
  tools?: ToolSchema[];
  /** The held-out row that it comes from; absent: it was typed. */
  row?: { datasetId: Id; rowId: number };
}

/** What a candidate wrote; `error` where it could not. */
export interface BlindAnswer {
  text: string;
  tokens: number;
  error?: { code: string; facts: Record<string, string | number> };
}

export interface JudgingRecord extends NamedRecord {
  updatedAt: number;
  candidates: Candidate[];
  prompts: JudgedPrompt[];
  sampling: Sampling;
  /** Of the order of the pairs, and of who stands left. */
  seed: number;
  /** By prompt and candidate; null: not yet written. */
  answers: (BlindAnswer | null)[][];
  /** A person asked who is who: from now on the names are shown. */
  endedAt?: number;
}

export type BlindChoice = 'left' | 'right' | 'both' | 'neither' | 'skip';

/** One judgement, by judging and number; the last one of a judge on a pair counts. */
export interface Judgement {
  judgingId: Id;
  /** Place in the order of all judgements of the judging. */
  n: number;
  at: number;
  /** Who judged, as the person named herself; empty: this browser's person. */
  judge: string;
  prompt: number;
  /** Places in `candidates`. */
  left: number;
  right: number;
  choice: BlindChoice;
}
