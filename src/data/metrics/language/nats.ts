// What every metric of running text keeps of a row: its sums, in one order.
import type { LanguageRow, RowStats } from '../metric';

/** Places in the kept numbers. */
export const [NATS, TOKENS, BYTES, WORDS, CORRECT] = [0, 1, 2, 3, 4];

/** A row without a graded token says nothing. */
export const languageSums = ({ nats, tokens, bytes, words, correct }: LanguageRow): RowStats | undefined =>
  tokens > 0 && Number.isFinite(nats) ? [nats, tokens, bytes, words, correct] : undefined;

/** Bytes of UTF-8, and words as lm-evaluation-harness counts them: the pieces between runs of blanks. */
export const textCounts = (text: string): { bytes: number; words: number } => ({
  bytes: new TextEncoder().encode(text).length,
  words: text.split(/\s+/u).length,
});
