import { expect, test } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import { pairsOf } from '../../../src/engine/training/tokenBatch';

/** Windows of three tokens: chosen, rejected, chosen, … with the weights of their labels; 0 is no label. */
function answers(windows: number[][], weighted = true): TokenBatch {
  const weights = Float32Array.from(windows.flat());
  const targets = Int32Array.from(weights, (weight) => (weight > 0 ? 1 : -1));
  const shape = { batch: windows.length, length: 3, inputs: new Int32Array(weights.length) };
  return { ...shape, targets, ...(weighted && { weights }), labels: targets.filter((t) => t >= 0).length };
}
const NONE = [0, 0, 0];

test('a pair counts where both answers have labels, with the weights of the chosen one', () => {
  const [both, other] = [
    [
      [0, 0.5, 1],
      [0, 0, 2],
    ],
    [
      [1, 1, 1],
      [0, 1, 0],
    ],
  ];
  expect(pairsOf(answers([...both, ...other]))).toEqual({ pairs: 2, chosenLabels: 4.5 });
  expect(pairsOf(answers([...both, ...other], false))).toEqual({ pairs: 2, chosenLabels: 5 });
});

test.each([
  ['the rejected', [[0, 1, 1], NONE]],
  ['the chosen', [NONE, [0, 1, 1]]],
  ['each', [NONE, NONE]],
])('a pair of which %s answer is empty does not count', (_, pair) => {
  expect(pairsOf(answers([...pair, [0, 0, 3], [1, 0, 0]]))).toEqual({ pairs: 1, chosenLabels: 3 });
  expect(pairsOf(answers(pair))).toEqual({ pairs: 0, chosenLabels: 0 });
});
