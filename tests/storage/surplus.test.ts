import { expect, test } from 'vitest';
import { lastGood, surplusOf, type Weighed } from '../../src/storage/surplus';
import { draftOf } from './storage';

const VOCABULARY = 50_257;
const GUESS = Math.log(VOCABULARY); // 10.82

/** Checkpoints of a run, latest first, by their losses in the order of writing. */
const saved = (losses: readonly (number | undefined)[], medians = losses): Weighed[] =>
  losses
    .map((trainLoss, i): Weighed => {
      const { reason, best, model } = draftOf('r', i);
      const loss = trainLoss === undefined ? {} : { trainLoss };
      const median = medians[i] === undefined ? {} : { medianLoss: medians[i] };
      return { id: String(i), reason, best, model: { ...model, vocabSize: VOCABULARY }, ...loss, ...median };
    })
    .reverse();
const goodOf = (...parts: Parameters<typeof saved>): string | undefined => lastGood(saved(parts[0], parts[1]))?.id;

test('a model whose loss is that of a guess is not the last good one, though its loss is not far above the best', () => {
  expect(GUESS).toBeLessThan(3 * 4.6);
  expect(goodOf([4.8, 4.6, GUESS, GUESS])).toBe('1');
  expect(goodOf([6, 4.6, 10.75, 10.9, 11.2])).toBe('1');
  // the medians of the run's last steps are those of a dead model by then
  expect(goodOf([4.8, GUESS, GUESS], [4.9, 10.1, GUESS])).toBe('0');
});

test('where every model is dead, none is good: the run begins anew', () => {
  expect(goodOf([GUESS, GUESS, GUESS + 1e-5])).toBeUndefined();
});

test('a young model, whose loss is near that of a guess, is good', () => {
  expect(goodOf([10.9, 10.86, 10.84, 10.83])).toBe('3');
  expect(goodOf([10.9, 10.8, 10.4])).toBe('2');
});

test('pairs, and weights without a loss, are judged as before', () => {
  expect(goodOf([0.69, 0.6, 0.66])).toBe('2');
  expect(goodOf([undefined, undefined])).toBe('1');
});

test('the last good one is kept while dead ones follow', () => {
  const surplus = surplusOf(saved([5, 4.6, GUESS, GUESS, GUESS]), new Set());
  expect(surplus.map(({ id }) => id)).toEqual(['2', '0']);
});
