import '../../page';
import { expect, test } from 'vitest';
import { verdictOf } from '../../../../src/app/panels/Train/verdict';
import { accuracyWords, verdictWords } from '../../../../src/app/panels/Train/verdictWords';
import { Curves } from '../../../../src/app/state/curves';

/** A run checked every ten steps: its held-out losses, and the training loss at each of its steps. */
function curvesOf(heldOut: number[], trained: (step: number) => number): Curves {
  const curves = new Curves();
  const each = { accuracy: 0.2, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 1 };
  for (let step = 1; step <= 10 * (heldOut.length - 1); step++) curves.addStep({ step, loss: trained(step), ...each });
  heldOut.forEach((loss, i) => curves.addValidation({ step: 10 * i, loss, accuracy: 0.2, tokens: 8, best: false }));
  return curves;
}
const falling = (step: number): number => 6 - step / 100;

test('too few checks say nothing', () => {
  expect(verdictOf(new Curves())).toBeUndefined();
  expect(verdictOf(curvesOf([9, 5], falling))).toBeUndefined();
});

test('a held-out loss that falls: it learns', () => {
  expect(verdictOf(curvesOf([9, 5, 4, 3], falling))).toEqual({
    ...{ kind: 'learns', checks: 3, from: 5, to: 3, bestStep: 30 },
  });
});

test('three checks without a lower one while training loss fell: it memorises, and the best step is named', () => {
  const verdict = verdictOf(curvesOf([9, 2.31, 2.36, 2.4, 2.44], falling))!;
  expect(verdict).toEqual({ kind: 'memorises', checks: 3, from: 2.31, to: 2.44, bestStep: 10 });
  expect(verdictWords(verdict)).toBe(
    'Validation loss has not fallen for 3 checks (2.310 → 2.440) while training loss fell: the model starts to ' +
      'memorise. The lowest was at step 10.',
  );
});

test('where training loss rose too, nothing is said of memorising', () => {
  expect(verdictOf(curvesOf([9, 2, 3, 4, 5], (step) => step / 10))?.kind).toBe('rises');
});

test('a loss that stays is flat; one that rose once only is no tendency', () => {
  expect(verdictOf(curvesOf([9, 2.001, 2, 2], falling))?.kind).toBe('flat');
  expect(verdictOf(curvesOf([9, 5, 3, 4], falling))?.kind).toBe('learns');
  expect(verdictOf(curvesOf([9, 3, 3.5, 3.4], falling))).toBeUndefined();
});

test('a loss that stays is flat though its lowest value is long past: noise is not memorising', () => {
  const verdict = verdictOf(curvesOf([9, 2.31, 2.3101, 2.3102, 2.3101], falling));
  expect(verdict).toEqual({ kind: 'flat', checks: 3, from: 2.3101, to: 2.3101, bestStep: 10 });
  expect(verdictOf(curvesOf([9, 2.31, 2.3101, 2.3102, 2.33], falling))?.kind).toBe('memorises');
});

test('accuracy as people count', () => {
  expect(accuracyWords(0.19, 'text')).toBe('Of 10 next tokens it guesses 2.');
  expect(accuracyWords(0.04, 'chat')).toBe('Of 10 next tokens it guesses less than one.');
  expect(accuracyWords(0.9, 'dpo')).toBe('Of 10 pairs it prefers the better answer in 9.');
  expect(accuracyWords(0.7, 'kto')).toBe('Of 10 marked answers it has 7 on their side.');
});
