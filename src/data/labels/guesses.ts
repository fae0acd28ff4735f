// What the probabilities of answers come to: which answer a model suggests for a row, and of which rows it is least
// sure. Where they come from is not known here.
import type { AnswerScores, RowScores } from '../../base/records/scores';
import type { Suggestion } from '../../base/wire/labels';

/** Probabilities of the answers to each row, row by row; NaN or below 0: none. */
export interface Guesses {
  values: ArrayLike<number>;
  /** Answers of each row. */
  each: number;
}

export const guessesOf = ({ about, values }: RowScores<AnswerScores>): Guesses => ({
  values,
  each: about.answers.length,
});

/** Of a row; undefined where the model said nothing of it. */
export function probabilitiesAt({ values, each }: Guesses, row: number): number[] | undefined {
  const found = Array.from({ length: each }, (_, i) => values[row * each + i] ?? NaN);
  return found.every((one) => one >= 0) && each > 0 ? found : undefined;
}

/** The likeliest answer with its probability, and all of them in the order of the task. */
export function suggestionAt({ about, values }: RowScores<AnswerScores>, row: number): Suggestion | undefined {
  const found = probabilitiesAt(guessesOf({ about, values }), row);
  if (!found) return undefined;
  const best = found.indexOf(Math.max(...found));
  const all = found.map((probability, i) => ({ answer: about.answers[i]!, probability }));
  return { model: about.model, ...all[best]!, all };
}

/** How far the likeliest answer is ahead of the next one; NaN where there is none. */
export function marginAt(guesses: Guesses, row: number): number {
  const [first, second = 0] = (probabilitiesAt(guesses, row) ?? []).sort((a, b) => b - a);
  return first === undefined ? NaN : first - second;
}

/** Rows by rising numbers, equals and those without a number, which come last, as they stand. */
export function byNumber(rows: number, numberAt: (row: number) => number): Uint32Array {
  const numbers = Float64Array.from({ length: rows }, (_, row) => {
    const number = numberAt(row);
    return Number.isNaN(number) ? Infinity : number;
  });
  const compared = (a: number, b: number): number =>
    numbers[a] === numbers[b] ? a - b : numbers[a]! < numbers[b]! ? -1 : 1;
  return Uint32Array.from(numbers.keys()).sort(compared);
}
