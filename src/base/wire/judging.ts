// What the data worker answers about blind judgements: the pair that is asked, and what all judgements come to.
import type { BlindAnswer, BlindChoice, JudgedPrompt, JudgingRecord } from '../records/judging';
import type { Id } from '../records/named';

/** Two answers to a prompt, by the places of those who wrote them. */
export interface BlindPair {
  prompt: number;
  left: number;
  right: number;
}

/** The pair that is asked. */
export interface AskedPair extends BlindPair {
  asked: JudgedPrompt;
  leftAnswer: BlindAnswer;
  rightAnswer: BlindAnswer;
  /** Among all pairs, from 1. */
  number: number;
}

export interface ShareInterval {
  share: number;
  low: number;
  high: number;
}

/** Fewer decided pairs say nothing, whatever the interval. */
export const LEAST_DECIDED = 10;

/** Two candidates beside each other: on how many prompts which of them was preferred. */
export interface CoupleResult {
  first: number;
  second: number;
  firstWins: number;
  secondWins: number;
  /** Both were good, or both bad, or as many judges preferred one as the other, or both wrote the same. */
  ties: number;
  /** Of the wins, those of the first (Wilson, 95 %); absent where nobody won. */
  interval?: ShareInterval;
  /** The interval has left one half, and enough pairs are decided to say so. */
  decided: boolean;
  /** Further decided pairs until it likely does; absent where it has, and where both win equally often. */
  needed?: number;
}

/** A pair on which judges said different things. */
export interface Disagreement {
  prompt: number;
  first: number;
  second: number;
  said: { judge: string; choice: JudgedChoice }[];
}

/** A choice without its sides. */
export type JudgedChoice = 'first' | 'second' | 'both' | 'neither';

export interface JudgingReport {
  couples: CoupleResult[];
  /** Of more than two candidates, in points; absent where no finite ratings fit. */
  ratings?: { rating: number; low: number; high: number }[];
  /** The candidate that is ahead of all others beyond chance. */
  leader?: number;
  /** How often the longer of two answers was preferred, and among how many. */
  longer?: ShareInterval & { of: number };
  judges: { judge: string; judgements: number }[];
  /** Krippendorff's alpha over the pairs that several judged. */
  agreement?: { alpha: number; low?: number; high?: number; pairs: number };
  disagreements: Disagreement[];
  /** Pairs that nobody could be asked: an answer failed. */
  failed: number;
  /** Pairs whose answers are the same, counted as ties. */
  same: number;
}

export interface JudgingView {
  judging: JudgingRecord;
  /** Absent: all is judged, or the next answers are still to be written. */
  pair?: AskedPair;
  /** Pairs that this browser's person judged or skipped, of those that can be asked. */
  judged: number;
  total: number;
  /** The answer that is needed next; absent: all are written. */
  toWrite?: { prompt: number; candidate: number };
  /** Answers that are written, of all. */
  written: number;
  answers: number;
  canUndo: boolean;
  report: JudgingReport;
}

/** What a person chose on a pair. */
export interface BlindDecision extends BlindPair {
  choice: BlindChoice;
}

/** What a file of judgements brought. */
export interface JudgingImport {
  id: Id;
  /** It was not here before. */
  isNew: boolean;
  added: number;
}
