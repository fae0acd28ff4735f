import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test } from 'vitest';
import type { TunedClass } from '../../src/base/machine';
import {
  candidates,
  choicesOf,
  fixVariants,
  KERNELS_VERSION,
  pickVariant,
  tuneMatmul,
} from '../../src/engine/autotune';
import { gpu } from '../../src/engine/kernels/kernel';
import {
  FORMS,
  offeredVariants,
  shapeClass,
  SIZES,
  TILES,
  VARIANTS,
  type Variant,
} from '../../src/engine/kernels/matmulVariants';
import { chooseVariantsFor, kernelVariants, useVariants } from '../../src/engine/kernels/variants';
import { randomTensor, testEngine, toTensor } from '../gpu';

const trials = (rates: Partial<Record<Variant, number>>): TunedClass['trials'] =>
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
  const seen = (rates: Partial<Record<Variant, number>>): TunedClass => ({
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
    const tuning = await tuneMatmul(facts.isFallback, Infinity);
    expect({ choices: kernelVariants(), tensors: tf.memory().numTensors }).toEqual(before);
    expect(gpuBytes()).toBeLessThan(1e6);
    expect(tuning.version).toBe(KERNELS_VERSION);
    expect(Object.keys(choicesOf(tuning))).toEqual(
      FORMS.flatMap((form) => SIZES.map((size) => shapeClass(form, size))),
    );
    const [first] = tuning.classes.filter((c) => c.form === 'NT' && c.size === 'middle');
    // which is for GPUs that a small result leaves idle
    expect(first!.trials.map((t) => t.variant).sort()).toEqual(
      offeredVariants('NT', 'middle')
        .filter((variant) => variant !== 'split32')
        .sort(),
    );
    for (const { chosen, trials: all } of tuning.classes) {
      expect(VARIANTS).toContain(chosen);
      for (const { flops } of all) expect(flops).toBeGreaterThan(1e5);
      expect(all.map((t) => t.flops)).toEqual(all.map((t) => t.flops).sort((a, b) => b - a));
    }
    expect(useVariants(choicesOf(tuning))).toEqual([]);
  });
});

describe('the variants of a run', () => {
  test('are those recorded, where this adapter compiles them', async () => {
    await testEngine();
    chooseVariantsFor('software');
    expect(await fixVariants({ 'matmul NT large': 'workgroup32', 'matmul TN small': 'registers4' })).toEqual([]);
    expect(kernelVariants()).toMatchObject({ 'matmul NT large': 'workgroup32', 'matmul TN small': 'registers4' });
  });

  test('are replaced where the kernel of one row or of slices is not what it should be', async () => {
    await testEngine();
    chooseVariantsFor('software');
    const door = gpu();
    const run = door.run.bind(door);
    const skipped = ['matmul dots', 'matmul slices'];
    const record = { 'matmul NT few': 'dots', 'matmul TN small': 'split32' };
    expect(await fixVariants(record)).toEqual([]);
    expect(kernelVariants()).toMatchObject(record);
    door.run = (dispatch) => {
      if (!skipped.some((key) => dispatch.key.startsWith(key))) run(dispatch);
    };
    const replaced = await fixVariants(record);
    Reflect.deleteProperty(door, 'run');
    expect(replaced).toEqual([
      { op: 'matmul NT few', variant: 'dots' },
      { op: 'matmul TN small', variant: 'split32' },
    ]);
    expect(kernelVariants()).toMatchObject({ 'matmul NT few': 'registers', 'matmul TN small': 'registers' });
  });

  test('are replaced where they give another product than the default', async () => {
    await testEngine();
    chooseVariantsFor('software');
    const door = gpu();
    const run = door.run.bind(door);
    door.run = (dispatch) => {
      if (!dispatch.key.startsWith('matmul subgroup NN')) run(dispatch);
    };
    const replaced = await fixVariants({ 'matmul NN large': 'subgroup', 'matmul NT large': 'registers4' });
    Reflect.deleteProperty(door, 'run');
    expect(replaced).toEqual([{ op: 'matmul NN large', variant: 'subgroup' }]);
    expect(kernelVariants()).toEqual({ 'matmul NN large': 'registers', 'matmul NT large': 'registers4' });
  });

  test('are replaced where the adapter refuses them, which is told and disturbs nothing else', async () => {
    const { device } = await testEngine();
    chooseVariantsFor('software');
    const create = device.createShaderModule.bind(device);
    // form TN is compiled here for the first time in this variant
    device.createShaderModule = (d) => create(d.label?.includes('workgroup TN') ? { ...d, code: 'fn main( {' } : d);
    const record = { 'matmul TN middle': 'workgroup', 'matmul TN large': 'workgroup', 'matmul NN few': 'gone' };
    const replaced = await fixVariants(record);
    device.createShaderModule = create;
    expect(replaced).toEqual([
      { op: 'matmul NN few', variant: 'gone' },
      { op: 'matmul TN middle', variant: 'workgroup' },
      { op: 'matmul TN large', variant: 'workgroup' },
    ]);
    expect(kernelVariants()).toEqual({ 'matmul TN middle': 'registers', 'matmul TN large': 'registers' });
    const tensor = toTensor(randomTensor('x', [3]));
    expect((await gpu().read(tensor)).byteLength).toBe(12);
    tensor.dispose();
  });
});
