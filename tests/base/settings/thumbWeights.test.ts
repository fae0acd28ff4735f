import { describe, expect, test } from 'vitest';
import { balancedWeights, isBalanced, thumbBalance } from '../../../src/base/settings/thumbWeights';

describe('weights of good and bad answers', () => {
  test.each([
    [10, 10],
    [12, 10],
    [40, 14],
    [14, 40],
    [1, 999],
    [999, 1],
    [10, 11],
  ])('balance %i good and %i bad ones as the paper wants', (good, bad) => {
    const weights = balancedWeights({ good, bad });
    expect(isBalanced(thumbBalance({ good, bad }, weights)!)).toBe(true);
    expect(Math.min(weights.goodWeight, weights.badWeight)).toBe(1);
    // a few rows more or less on one side of a split leave it so
    if (good + bad > 900 || weights.goodWeight === weights.badWeight) return;
    expect(isBalanced(thumbBalance({ good: good * 1.1, bad }, weights)!)).toBe(true);
    expect(isBalanced(thumbBalance({ good, bad: bad * 1.1 }, weights)!)).toBe(true);
  });

  test('are even where one kind is missing', () => {
    expect(balancedWeights({ good: 5, bad: 0 })).toEqual({ goodWeight: 1, badWeight: 1 });
    expect(thumbBalance({ good: 5, bad: 0 }, { goodWeight: 1, badWeight: 1 })).toBeUndefined();
  });
});
