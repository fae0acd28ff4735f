// Labels that a model finds least likely: planted noise is found by a real classifier, of which no row was learned that
// it judges.
import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { doubtsOf, uncertainFirst } from '../../../src/data/labels/doubts';

const TOPICS = [
  'harbour tide boat sail rope anchor wave gull',
  'oven bread flour butter salt sugar crust pan',
  'engine brake wheel piston clutch gear oil fuel',
  'violin chord drum tune choir piano song bass',
].map((words) => words.split(' '));
const COMMON = 'the a of and it was on in at with day man old small then they'.split(' ');
const [ROWS, NOISE, FOLDS] = [800, 0.1, 5];

/** Rows of which a third of the words are of their topic, and now and then some of another one. */
function planted() {
  const random = stream(3, 'rows');
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const topics = Array.from({ length: ROWS }, () => random.below(TOPICS.length));
  const rows = topics.map((topic) =>
    Array.from({ length: 14 }, () => {
      const which = random.below(100);
      return which < 62 ? pick(COMMON) : which < 88 ? pick(TOPICS[topic]!) : pick(TOPICS[random.below(TOPICS.length)]!);
    }),
  );
  const wrong = new Set(Array.from({ length: ROWS }, (_, row) => row).filter(() => random.below(1000) < 1000 * NOISE));
  const given = topics.map((topic, row) =>
    wrong.has(row) ? (topic + 1 + random.below(TOPICS.length - 1)) % TOPICS.length : topic,
  );
  return { rows, given, wrong };
}

/** Naive Bayes over the words, learned from the given labels of the other folds. */
function outOfFold(rows: readonly string[][], given: readonly number[]): number[] {
  const values: number[] = [];
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const counts = TOPICS.map(() => new Map<string, number>());
    rows.forEach((words, row) => {
      if (row % FOLDS === fold) return;
      for (const word of words) counts[given[row]!]!.set(word, (counts[given[row]!]!.get(word) ?? 0) + 1);
    });
    const sums = counts.map((of) => [...of.values()].reduce((a, b) => a + b, 0));
    return (words: readonly string[]): number[] => {
      const logs = counts.map((of, i) =>
        words.reduce((sum, word) => sum + Math.log(((of.get(word) ?? 0) + 1) / (sums[i]! + 60)), 0),
      );
      const shares = logs.map((log) => Math.exp(log - Math.max(...logs)));
      return shares.map((share) => share / shares.reduce((a, b) => a + b, 0));
    };
  });
  rows.forEach((words, row) => values.push(...folds[row % FOLDS]!(words)));
  return values;
}

describe('labels that a model finds least likely', () => {
  test('of planted noise of one in ten, 7 in 10 of the first 50 are wrong, and most that are wrong are doubted', () => {
    const { rows, given, wrong } = planted();
    const guesses = { values: outOfFold(rows, given), each: TOPICS.length };
    const { order, doubted } = doubtsOf(guesses, given);
    const hits = [...order.subarray(0, 50)].filter((row) => wrong.has(row)).length;
    expect(hits / 50).toBeGreaterThanOrEqual(0.7);
    const found = [...order.subarray(0, doubted)].filter((row) => wrong.has(row)).length;
    expect(found / wrong.size).toBeGreaterThanOrEqual(0.7);
    // shuffled labels would give the share of the noise
    expect([...uncertainFirst(guesses, ROWS).subarray(0, 50)].filter((row) => wrong.has(row)).length).toBeLessThan(
      hits,
    );
  });

  test('rows without a label or a probability are never doubted, and stand last', () => {
    const values = [0.9, 0.1, NaN, NaN, 0.2, 0.8, 0.1, 0.9, -1, -1];
    const { order, doubted } = doubtsOf({ values, each: 2 }, [0, 0, 1, -1, 1]);
    expect([...order.subarray(2)]).toEqual([1, 3, 4]);
    expect(doubted).toBe(0);
  });

  test('a class that the model says of every row is doubted where it says so least', () => {
    // it prefers the first class everywhere; the third row is less sure of it than those labelled with the second
    const values = [0.9, 0.1, 0.8, 0.2, 0.55, 0.45, 0.7, 0.3, 0.7, 0.3];
    const { order, doubted } = doubtsOf({ values, each: 2 }, [0, 0, 0, 1, 1]);
    expect(order[0]).toBe(2);
    expect(doubted).toBe(1);
  });
});
