import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { KernelChoice } from '../../../src/base/wire/machine';
import {
  candidates,
  choicesOf,
  KERNELS_VERSION,
  pickVariant,
  tuneMatmul,
} from '../../../src/engine/tuneKernels/autotune';
import {
  FORMS,
  offeredVariants,
  shapeClass,
  SIZES,
  TILES,
  VARIANTS,
  type Variant,
} from '../../../src/engine/ops/matmul/matmulVariants';
import { chooseVariantsFor, kernelVariants, useVariants } from '../../../src/engine/device/variants';
import { testEngine } from '../../gpu';

const trials = (rates: Partial<Record<Variant, number>>): KernelChoice['trials'] =>
  Object.entries(rates).map(([variant, flops]) => ({ variant, flops }));

describe('the fastest variant', () => {
  test.each<[string, Partial<Record<Variant, number[]>>, Variant]>([
    ['is taken', { registers: [9, 9], workgroup: [5, 4], registers4: [8, 6] }, 'workgroup'],
    ['is taken whatever the order', { registers4: [4], workgroup: [5], registers: [8] }, 'registers4'],
    ['does not replace the default for a tenth', { registers: [11, 11], workgroup: [10.1, 10.1] }, 'registers'],
    ['replaces the default for more', { registers: [11, 11], workgroup: [9.9, 9.9] }, 'workgroup'],
    ['counts by its best round', { registers: [30, 10], workgroup: [9.5, 9.5] }, 'registers'],
    ['must win every round', { registers: [10, 10], workgroup: [5, 11] }, 'registers'],
    ['replaces a default that does not run here', { workgroup32: [3], workgroup: [4] }, 'workgroup32'],
    ['is the default where there was no time', {}, 'registers'],
  ])('%s', (_what, rounds, chosen) => {
    const timings = Object.entries(rounds).map(([variant, ms]) => ({ variant, rounds: ms }));
    expect(pickVariant(timings, 'registers')).toBe(chosen);
  });
});

describe('what is worth trying', () => {
  afterEach(() => chooseVariantsFor('software'));
  const seen = (rates: Partial<Record<Variant, number>>): KernelChoice => ({
    form: 'NT',
    size: 'large',
    chosen: 'registers',
    trials: trials(rates),
  });

  test('begins with the default and leaves out what was far behind in another form', () => {
    chooseVariantsFor('gpu');
    expect(candidates('NN', 'large', VARIANTS, [])).toEqual([
      'workgroup',
      ...VARIANTS.filter((v) => v !== 'workgroup'),
    ]);
    expect(candidates('NN', 'few', ['workgroup', 'registers'], [])[0]).toBe('registers');
    expect(candidates('NT', 'few', ['registers', 'dots'], [])[0]).toBe('dots');
    const left = candidates('NN', 'large', TILES, [
      seen({ workgroup: 10, workgroup32: 8, registers: 6.7, registers4: 6.6 }),
    ]);
    expect(left).toEqual(['workgroup', 'registers', 'subgroup', 'subgroup32', 'workgroup32']);
  });

  test('keeps the default in any case', () => {
    chooseVariantsFor('gpu');
    expect(candidates('NN', 'large', VARIANTS, [seen({ workgroup: 1, registers: 10 })])).toContain('workgroup');
  });
});

describe('on an adapter', () => {
  test('every class gets a variant, measured where it matters; nothing is left behind and nothing changes by it', async () => {
    const { facts, gpuBytes } = await testEngine();
    chooseVariantsFor(facts.isFallback ? 'software' : 'gpu', new Set(facts.features));
    const before = { choices: kernelVariants(), tensors: tf.memory().numTensors };
    const kernelChoices = await tuneMatmul(facts.isFallback, Infinity);
    expect({ choices: kernelVariants(), tensors: tf.memory().numTensors }).toEqual(before);
    expect(gpuBytes()).toBeLessThan(1e6);
    expect(kernelChoices.version).toBe(KERNELS_VERSION);
    expect(Object.keys(choicesOf(kernelChoices))).toEqual(
      FORMS.flatMap((form) => SIZES.map((size) => shapeClass(form, size))),
    );
    const [first] = kernelChoices.classes.filter((c) => c.form === 'NT' && c.size === 'middle');
    // which is for GPUs that a small result leaves idle
    expect(first!.trials.map((t) => t.variant).sort()).toEqual(
      offeredVariants('NT', 'middle')
        .filter((variant) => variant !== 'sliced32')
        .sort(),
    );
    for (const { chosen, trials: all } of kernelChoices.classes) {
      expect(VARIANTS).toContain(chosen);
      for (const { flops } of all) expect(flops).toBeGreaterThan(1e5);
      expect(all.map((t) => t.flops)).toEqual(all.map((t) => t.flops).sort((a, b) => b - a));
    }
    expect(useVariants(choicesOf(kernelChoices))).toEqual([]);
  });
});
