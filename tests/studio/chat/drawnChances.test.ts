import { expect, test } from 'vitest';
import type { Tokenizer } from '../../../src/data/tokens/tokenizer';
import { DrawnChances } from '../../../src/studio/chat/drawnChances';

const tokenizer = { show: (id: number) => ({ id, text: `t${id}`, partial: false, bytes: 2 }) } as Tokenizer;

test('chances are the softmax of the logits of each draw; one that is none of the likeliest stands behind them', () => {
  const drawn = new DrawnChances(tokenizer);
  const logits = Float32Array.from([0, 1, 2, 3, 4, 5, 6]);
  drawn.add(logits, 6);
  drawn.add(logits, 0);
  drawn.add(logits, 1); // the end of the text: it has no piece
  const { ids, probabilities, ranks, shown, pieces } = drawn.of(['a', 'b']);
  expect(ids).toEqual([
    [6, 5, 4, 3, 2],
    [6, 5, 4, 3, 2, 0],
  ]);
  expect([ranks, pieces]).toEqual([
    [1, 7],
    ['a', 'b'],
  ]);
  const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
  expect(probabilities[0]![0]).toBeCloseTo(Math.exp(6) / sum, 12);
  expect(probabilities[1]![5]).toBeCloseTo(1 / sum, 12);
  expect(shown.map(({ id }) => id).toSorted()).toEqual([0, 2, 3, 4, 5, 6]);
});
