import { expect, test } from 'vitest';
import { ofAllTexts } from '../../../src/studio/data/mixedEvaluation';

const measured = (loss: number, labels: number) => ({ loss, accuracy: loss / 10, labels });

test('texts count by their shares, however many rows of each are held out', () => {
  const texts = [
    { share: 0.75, of: measured(2, 10) },
    { share: 0.25, of: measured(4, 1000) },
  ];
  expect(ofAllTexts(texts)).toEqual({ loss: 2.5, accuracy: 0.25, labels: 1010, origins: [2, 4] });
});

test('a text of which nothing is held out counts for nothing, and has no loss', () => {
  const texts = [
    { share: 0.5, of: measured(2, 10) },
    { share: 0.3, of: measured(NaN, 0) },
    { share: 0.2, of: measured(9, 10) },
  ];
  const { loss, origins } = ofAllTexts(texts);
  expect(loss).toBeCloseTo((0.5 * 2 + 0.2 * 9) / 0.7, 12);
  expect(origins).toEqual([2, NaN, 9]);
  expect(ofAllTexts([texts[1]!])).toMatchObject({ labels: 0, origins: [NaN] });
});

test('rewards of pairs are means by share too', () => {
  const rewards = (margin: number) => ({ chosen: margin, rejected: 0, margin, accuracy: 1 });
  const of = (margin: number) => ({ ...measured(1, 2), rewards: rewards(margin) });
  const { rewards: all } = ofAllTexts([
    { share: 0.5, of: of(1) },
    { share: 0.5, of: of(3) },
  ]);
  expect(all).toEqual({ chosen: 2, rejected: 0, margin: 2, accuracy: 1 });
});
