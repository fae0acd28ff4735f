import '../../../page';
import { describe, expect, test } from 'vitest';
import { scatterOf } from '../../../../../src/app/panels/Train/verdicts/evidence';
import { verdictsOf, type RunVerdict } from '../../../../../src/app/panels/Train/verdicts/verdict';
import { accuracyWords, verdictWords } from '../../../../../src/app/panels/Train/verdictWords';
import { Curves } from '../../../../../src/app/state/curves';
import type { RunRecord } from '../../../../../src/base/records/run';
import { stream } from '../../../../../src/base/numbers/rng';
import { runRecord } from '../../../fakes';

/** A run checked every ten steps: its held-out losses, and the training loss at each of its steps. */
function curvesOf(heldOut: number[], trained: (step: number) => number): Curves {
  const curves = new Curves();
  const each = { accuracy: 0.2, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 1 };
  for (let step = 1; step <= 10 * (heldOut.length - 1); step++) curves.addStep({ step, loss: trained(step), ...each });
  heldOut.forEach((loss, i) => curves.addValidation({ step: 10 * i, loss, accuracy: 0.2, tokens: 8, best: false }));
  return curves;
}

/** What is said of a run while it trains. */
const said = (curves: Curves, patch: Partial<RunRecord> = {}, data?: { rows: number; tokens: number }): RunVerdict[] =>
  verdictsOf({ run: runRecord('a', { status: 'running', totalSteps: 300, tokens: 0, ...patch }), curves, data });
const kinds = (...asked: Parameters<typeof said>): string[] => said(...asked).map(({ kind }) => kind);

const falling = (step: number): number => 6 - step / 100;
/** Normal noise of this deviation, the same in each run of the tests. */
function noise(seed: number, deviation: number): () => number {
  const random = stream(seed, 'curves');
  return () => deviation * random.normal();
}

describe('held-out loss', () => {
  test('too few checks say nothing', () => {
    expect(said(new Curves())).toEqual([]);
    expect(said(curvesOf([9, 5], falling))).toEqual([]);
  });

  test('that falls: it learns', () => {
    expect(said(curvesOf([9, 5, 4, 3], falling))).toEqual([{ kind: 'learns', checks: 3, from: 5, to: 3 }]);
  });

  test('that rises over three checks while training loss falls: it overfits, and the best step is named', () => {
    const [verdict] = said(curvesOf([9, 2.31, 2.36, 2.4, 2.44], falling));
    expect(verdict).toEqual({ kind: 'overfits', checks: 3, from: 2.31, to: 2.44, bestStep: 10 });
    expect(verdictWords(verdict!)).toBe(
      'Validation loss has not fallen for 3 checks (2.310 → 2.440) while training loss fell: the model overfits, it ' +
        'learns the rows and not what they have in common. The lowest was at step 10.',
    );
  });

  test('that rises while training loss rises too is no overfitting', () => {
    expect(kinds(curvesOf([5, 2, 2.2, 2.4, 2.6], (step) => 3 + step / 100))).toEqual(['rises']);
  });

  test('that stays is flat; one check that is high is no tendency', () => {
    expect(kinds(curvesOf([9, 2.001, 2, 2], falling))).toEqual(['flat']);
    expect(kinds(curvesOf([9, 5, 3, 4], falling))).toEqual(['learns']);
    expect(kinds(curvesOf([9, 3, 3.5, 3.4], falling))).toEqual([]);
    expect(kinds(curvesOf([9, 2.31, 2.3101, 2.3102, 2.3101], falling))).toEqual(['flat']);
    expect(kinds(curvesOf([9, 2.31, 2.3101, 2.3102, 2.33], falling))).toEqual([]);
  });

  /** The first check at which a planted run is told that it overfits, and the step that is named then. */
  function toldAt(heldOut: number[]): { check: number; bestStep: number } | undefined {
    for (let check = 1; check <= heldOut.length; check++) {
      const [verdict] = said(curvesOf(heldOut.slice(0, check), falling));
      if (verdict?.kind === 'overfits') return { check: check - 1, bestStep: verdict.bestStep };
    }
    return undefined;
  }

  test('a planted run that overfits from its tenth check on is told so soon after it, whatever the noise', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const draw = noise(seed, 0.006);
      const losses = Array.from({ length: 20 }, (_, i) => 2 + (i < 10 ? 0.08 : 0.05) * Math.abs(i - 10) + draw());
      const { check, bestStep } = toldAt(losses)!;
      expect(check, `seed ${seed}`).toBeGreaterThanOrEqual(12);
      expect(check, `seed ${seed}`).toBeLessThanOrEqual(14);
      expect(Math.abs(bestStep - 100), `seed ${seed}`).toBeLessThanOrEqual(10);
    }
  });

  test('a run that falls and then stays, with noise, is not told that it overfits', () => {
    const told = Array.from({ length: 50 }, (_, i) => {
      const draw = noise(100 + i, 0.03);
      return toldAt(Array.from({ length: 24 }, (_, at) => 2 + 2 * Math.exp(-at / 2) + draw()));
    });
    expect(told.filter((verdict) => verdict !== undefined).length).toBeLessThanOrEqual(2); // of 50 runs of 24 looks
  });

  test('scatters about its trend: a straight line does not, noise does as it was drawn', () => {
    expect(scatterOf([5, 4, 3, 2])).toBeCloseTo(0, 12);
    const draw = noise(3, 0.1);
    expect(scatterOf(Array.from({ length: 2000 }, (_, i) => i / 100 + draw()))).toBeCloseTo(0.1, 2);
  });
});

describe('a run that diverges', () => {
  const leaps = (step: number): number => (step < 100 ? 3 : 3 + (step - 100) / 5);
  test('is told so, with the step from which it left its level', () => {
    const [verdict] = said(
      curvesOf(
        Array.from({ length: 17 }, () => 3),
        leaps,
      ),
    );
    expect(verdict).toMatchObject({ kind: 'diverged', from: expect.closeTo(3, 9) as number });
    expect((verdict as { step: number }).step).toBeLessThanOrEqual(100);
    expect(
      kinds(
        curvesOf(
          Array.from({ length: 11 }, () => 3),
          leaps,
        ),
      ),
    ).not.toContain('diverged');
  });
  test('batches near zero that differ by their half are none', () => {
    const draw = noise(5, 0.02);
    const near = Array.from({ length: 200 }, () => 0.03 + Math.abs(draw()));
    expect(
      kinds(
        curvesOf(
          Array.from({ length: 20 }, () => 0.05),
          (step) => near[step]!,
        ),
      ),
    ).not.toContain('diverged');
  });
});

describe('a rate that is too low', () => {
  const loss = (fall: number, deviation: number) => {
    const draw = noise(7, deviation);
    return (step: number): number => 5 - fall * step + draw();
  };
  const still = Array.from({ length: 13 }, () => 5);
  test('is told where the loss has not moved since the first steps', () => {
    const [verdict] = said(curvesOf(still, loss(1e-5, 0.05)));
    expect(verdict).toMatchObject({ kind: 'rateLow', steps: 120 });
    expect(verdictWords(verdict!)).toContain('has hardly moved in 120 steps');
  });
  test('is not told where it fell, nor where the batches scatter too much to know, nor in the warm-up', () => {
    expect(kinds(curvesOf(still, loss(4e-3, 0.05)))).not.toContain('rateLow');
    expect(kinds(curvesOf(still, loss(1e-5, 0.6)))).not.toContain('rateLow');
    const patch = { totalSteps: 4000 };
    expect(kinds(curvesOf(still, loss(1e-5, 0.05)), patch)).not.toContain('rateLow');
  });
});

describe('a run that underfits', () => {
  test('ended while its held-out loss still fell', () => {
    const curves = curvesOf([5, 4.5, 4.2, 4, 3.8], falling);
    expect(kinds(curves, { status: 'finished' })).toEqual(['endedLearning']);
    expect(kinds(curves)).toEqual(['learns']);
    expect(kinds(curvesOf([5, 4, 4, 3.99, 3.985], falling), { status: 'finished' })).toEqual(['flat']);
  });
  test('stands still with both losses at one height, over a tenth of the run', () => {
    const curves = curvesOf([6, 5, 4, ...Array.from({ length: 8 }, () => 3.5)], (step) =>
      step < 25 ? 6 - step / 10 : 3.5,
    );
    expect(said(curves, { totalSteps: 100 })).toMatchObject([{ kind: 'underfits', checks: 3, heldOut: 3.5 }]);
    expect(kinds(curves, { totalSteps: 1000 })).toEqual(['flat']);
  });
});

test('few rows that were read three times are told beside what the losses say', () => {
  const curves = curvesOf([9, 5, 4, 3], falling);
  expect(said(curves, { tokens: 3500 }, { rows: 12, tokens: 1000 })).toMatchObject([
    { kind: 'learns' },
    { kind: 'dataSmall', rows: 12, passes: 3.5 },
  ]);
  expect(kinds(curves, { tokens: 2000 }, { rows: 12, tokens: 1000 })).toEqual(['learns']);
  expect(kinds(curves, { tokens: 9000 }, { rows: 50, tokens: 1000 })).toEqual(['learns']);
});

test('accuracy as people count', () => {
  expect(accuracyWords(0.19, 'text')).toBe('Of 10 next tokens it guesses 2.');
  expect(accuracyWords(0.04, 'chat')).toBe('Of 10 next tokens it guesses less than one.');
  expect(accuracyWords(0.9, 'dpo')).toBe('Of 10 pairs it prefers the better answer in 9.');
  expect(accuracyWords(0.7, 'kto')).toBe('Of 10 marked answers it has 7 on their side.');
});
