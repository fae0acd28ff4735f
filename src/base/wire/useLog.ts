// What the log of a model in use comes to, against the answers of its release.
import type { FeedbackRecord } from '../records/feedback';

/** A figure of the log against the same of the release; shares from 0 to 1, lengths in characters. */
export interface DriftLine {
  what: 'length' | 'refusals' | 'language';
  /** ISO 639-3. */
  language?: string;
  before: number;
  now: number;
  /** `now` less `before`, with its interval of 95 %. */
  difference: number;
  low: number;
  high: number;
  /** `unclear`: the interval of the difference spans zero, or answers are few. */
  verdict: 'higher' | 'lower' | 'unclear';
}

export interface LogWeek {
  /** Its Monday, UTC. */
  from: number;
  answers: number;
  low: number;
  lines: DriftLine[];
}

export interface UseLogReport {
  /** Answers of the release, and of the log. */
  release: number;
  answers: number;
  /** Answers with a good or bad mark, and those with a bad one. */
  rated: number;
  low: number;
  /** Lines of both files in which there is no answer. */
  skipped: number;
  lines: DriftLine[];
  /** Oldest first; empty where fewer than two weeks are dated. */
  weeks: LogWeek[];
  /** The badly rated answers, as feedback that is not stored yet. */
  feedback: FeedbackRecord[];
}
