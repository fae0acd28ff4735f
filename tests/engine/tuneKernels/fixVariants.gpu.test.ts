import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { fixVariants } from '../../../src/engine/tuneKernels/fixVariants';
import { ATTENTION } from '../../../src/engine/ops/attention/attention';
import { LONGEST_DIRECT } from '../../../src/engine/ops/attention/attentionDirect.wgsl';
import { gpu } from '../../../src/engine/device/kernel';
import { chooseVariantsFor, kernelVariants } from '../../../src/engine/device/variants';
import { testEngine } from '../../gpu';
import { randomTensor, toTensor } from '../../tensors';

const HEAD = 8;
const fixed = (record: Record<string, string>) => fixVariants(record, HEAD);

/** Runs `f` while dispatches with such keys are left out. */
async function without<T>(skipped: readonly string[], f: () => Promise<T>): Promise<T> {
  const door = gpu();
  const run = door.run.bind(door);
  door.run = (dispatch) => {
    if (!skipped.some((key) => dispatch.shader.key.startsWith(key))) run(dispatch);
  };
  try {
    return await f();
  } finally {
    Reflect.deleteProperty(door, 'run');
  }
}

/** Runs `f` while shaders of such keys do not compile. */
async function refusing<T>(device: GPUDevice, refused: string, f: () => Promise<T>): Promise<T> {
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (d) => create(d.label?.includes(refused) ? { ...d, code: 'fn main( {' } : d);
  try {
    return await f();
  } finally {
    device.createShaderModule = create;
  }
}

describe('the variants of a run', () => {
  test('are those recorded, where this adapter compiles them', async () => {
    await testEngine();
    chooseVariantsFor('software');
    expect(await fixed({ 'matmul NT large': 'workgroup32', 'matmul TN small': 'registers4' })).toEqual([]);
    expect(kernelVariants()).toMatchObject({ 'matmul NT large': 'workgroup32', 'matmul TN small': 'registers4' });
  });

  test('are replaced where the kernel of one row or of slices is not what it should be', async () => {
    await testEngine();
    chooseVariantsFor('software');
    const record = { 'matmul NT few': 'dots', 'matmul TN small': 'sliced32' };
    expect(await fixed(record)).toEqual([]);
    expect(kernelVariants()).toMatchObject(record);
    const replaced = await without(['matmul dots', 'matmul slices'], () => fixed(record));
    expect(replaced).toEqual([
      { op: 'matmul NT few', variant: 'dots' },
      { op: 'matmul TN small', variant: 'sliced32' },
    ]);
    expect(kernelVariants()).toMatchObject({ 'matmul NT few': 'registers', 'matmul TN small': 'registers' });
  });

  test('are replaced where they give another product than the default', async () => {
    await testEngine();
    chooseVariantsFor('software');
    const record = { 'matmul NN large': 'subgroup', 'matmul NT large': 'registers4' };
    const replaced = await without(['matmul subgroup {"form":"NN"'], () => fixed(record));
    expect(replaced).toEqual([{ op: 'matmul NN large', variant: 'subgroup' }]);
    expect(kernelVariants()).toEqual({ 'matmul NN large': 'registers', 'matmul NT large': 'registers4' });
  });

  test('are replaced where the adapter refuses them, which is told and disturbs nothing else', async () => {
    const { device } = await testEngine();
    chooseVariantsFor('software');
    const record = { 'matmul TN middle': 'workgroup', 'matmul TN large': 'workgroup', 'matmul NN few': 'gone' };
    // form TN is compiled here for the first time in this variant
    const replaced = await refusing(device, 'workgroup {"form":"TN"', () => fixed(record));
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

  test('of attention are tried as those of the matmul, forward and backward', async () => {
    const { device } = await testEngine();
    chooseVariantsFor('software');
    const record = { [ATTENTION]: 'staged' };
    const gone = [{ op: ATTENTION, variant: 'staged' }];
    const tensors = tf.memory().numTensors;
    // its shaders for heads of this size are compiled here for the first time
    expect(
      await refusing(device, 'attention dk dv {"variant":"staged","headDim":4', () => fixVariants(record, 4)),
    ).toEqual(gone);
    expect(await fixed(record)).toEqual([]);
    expect(kernelVariants()).toEqual(record);
    for (const kernel of ['', ' dq', ' dk dv'])
      expect(await without([`attention${kernel} {"variant":"staged"`], () => fixed(record))).toEqual(gone);
    expect(kernelVariants()).toEqual({ [ATTENTION]: 'direct' });
    expect(await without(['attention'], () => fixVariants(record, LONGEST_DIRECT + 1)), 'there is one').toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
