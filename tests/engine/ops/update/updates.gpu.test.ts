import { beforeAll, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import type { ParameterSpec } from '../../../../src/base/modelShape';
import { newTensor } from '../../../../src/engine/device/buffers';
import { adamInPlace, adamReference } from '../../../../src/engine/ops/update/adamw';
import { globalNorm, globalNormReference, partialCount, STATE } from '../../../../src/engine/ops/update/globalNorm';
import { gpu } from '../../../../src/engine/device/kernel';
import { bindingLimit } from '../../../../src/engine/device/manyTensors';
import { sgdInPlace, sgdReference } from '../../../../src/engine/ops/update/sgd';
import { groupsOf } from '../../../../src/engine/training/optim/groups';
import { optimizerFor } from '../../../../src/engine/training/optim/optimizer';
import { randomTensor, relativeError, testEngine, toTensor, values } from '../../../gpu';

beforeAll(async () => void (await testEngine()));

const SCALE = 0.37;
const state = (skipped = 0) =>
  toTensor({ shape: [STATE.size], data: Float32Array.of(0, 0, 0, 0, SCALE, skipped, 1, 0) });
const random = (name: string, size: number): Float32Array => Float32Array.from(randomTensor(name, [size]).data);
const upload = (data: Float32Array) => toTensor({ shape: [data.length], data });
/** Groups: odd sizes one by one, sizes of quads; some end inside a workgroup, some fill several. */
const GROUPS: { lanes: 1 | 4; sizes: number[] }[] = [
  { lanes: 1, sizes: [1] },
  { lanes: 1, sizes: [7, 1021, 258] },
  { lanes: 4, sizes: [260, 4 * 331, 4] },
];

describe.each(GROUPS)('a group of $sizes weights', ({ lanes, sizes }) => {
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const total = sizes.reduce((a, b) => a + b, 0);
  const decays = [0.1, 0, 0.3];
  const weights = sizes.map((size, i) => random(`w${i}`, size));
  const gradients = sizes.map((size, i) => random(`g${i}`, size));
  const [moment1, moment2] = [random('m', total), random('v', total).map((x) => x * x)];
  const onGpu = () =>
    sizes.map((_, i) => {
      return { weight: upload(weights[i]!), gradient: upload(gradients[i]!), start: starts[i]!, decay: decays[i]! };
    });
  /** What every parameter comes to by the reference, with its parts of the moments. */
  const parts = () =>
    sizes.map((size, i) => {
      const of = (all: Float32Array) => all.slice(starts[i], starts[i]! + size);
      return { weight: weights[i]!.slice(), m: of(moment1), v: of(moment2), g: gradients[i]!, decay: decays[i]! };
    });
  const joined = (arrays: Float32Array[]) => Float32Array.from(arrays.flatMap((array) => [...array]));

  test.each([false, true])('Adam, decay coupled: %s', async (coupled) => {
    const scalars = { rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, coupled, update: 3 };
    const [updated, m, v] = [onGpu(), upload(moment1), upload(moment2)];
    adamInPlace({ updated, moment1: m, moment2: v, state: state() }, lanes, scalars, scalars);
    const expected = parts();
    expected.forEach((e) => adamReference(e.weight, e.m, e.v, e.g, SCALE, { ...scalars, decay: e.decay }));
    for (const [i, { weight }] of updated.entries())
      expect(relativeError(await values(weight), expected[i]!.weight)).toBeLessThan(1e-6);
    expect(relativeError(await values(m), joined(expected.map((e) => e.m)))).toBeLessThan(1e-6);
    expect(relativeError(await values(v), joined(expected.map((e) => e.v)))).toBeLessThan(1e-6);
  });

  test('a skipped step leaves the bits of weights and moments', async () => {
    const [updated, m, v] = [onGpu(), upload(moment1), upload(moment2)];
    const scalars = { rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, coupled: false, update: 3, momentum: 0.9 };
    adamInPlace({ updated, moment1: m, moment2: v, state: state(1) }, lanes, scalars, scalars);
    sgdInPlace({ updated, moment1: m, state: state(1) }, lanes, scalars, scalars);
    for (const [i, { weight }] of updated.entries()) expect(await values(weight)).toEqual(weights[i]);
    expect(await values(m)).toEqual(moment1);
    expect(await values(v)).toEqual(moment2);
  });

  test('SGD with momentum', async () => {
    const scalars = { rate: 0.05, momentum: 0.9 };
    const [updated, m] = [onGpu(), upload(moment1)];
    sgdInPlace({ updated, moment1: m, state: state() }, lanes, scalars, scalars);
    const expected = parts();
    expected.forEach((e) => sgdReference(e.weight, e.m, e.g, SCALE, { ...scalars, decay: e.decay }));
    for (const [i, { weight }] of updated.entries())
      expect(relativeError(await values(weight), expected[i]!.weight)).toBeLessThan(1e-6);
    expect(relativeError(await values(m), joined(expected.map((e) => e.m)))).toBeLessThan(1e-6);
  });
});

describe('groups of parameters', () => {
  const specOf = (size: number): ParameterSpec => ({ name: `p${size}`, shape: [size], kind: 'matrix' });
  const optimizer = optimizerFor({ ...defaultSettings(), optimizer: 'adamw' });
  const groupsFor = (sizes: number[]) =>
    groupsOf(
      sizes.map((size) => ({ spec: specOf(size), weight: newTensor([size]) })),
      optimizer,
    );

  test('keep the order, bind no more than an adapter allows, and are not larger than their largest tensor or a dispatch', () => {
    const sizes = [2 ** 20 + 4, 8, 12, 16, 20, 2 ** 20 - 40, 9, 11, 4];
    const groups = groupsFor(sizes);
    expect(groups.flatMap(({ parameters }) => parameters.map(({ spec }) => spec.shape[0]))).toEqual(sizes);
    for (const { parameters, moment1, moment2, lanes } of groups) {
      expect(optimizer.sharedBuffers + 2 * parameters.length).toBeLessThanOrEqual(bindingLimit());
      expect([moment1.size, moment2!.size]).toEqual(
        new Array(2).fill(parameters.reduce((n, p) => n + p.weight.size, 0)),
      );
      expect(moment1.size).toBeLessThanOrEqual(2 ** 20 + 4);
      for (const { weight, start } of parameters) expect([weight.size % lanes, start % lanes]).toEqual([0, 0]);
    }
    const norms = groupsFor(new Array<number>(61).fill(64));
    expect(norms.length).toBe(Math.ceil(61 / Math.floor((bindingLimit() - optimizer.sharedBuffers) / 2)));
  });
});

describe('globalNorm', () => {
  // more than a dispatch binds; 300,001 numbers take 74 workgroups, and 4,300,000 more than the most that one gradient
  // gets
  const gradients = [5, 300_001, 4_300_000, 64, 3, 4, 1, 1, 128, 7, 8, 9].map((size, i) =>
    random(`gradient ${i}`, size),
  );

  test.each([0, 3.5, 1e9])('clip %d', async (clip) => {
    const tensors = gradients.map(upload);
    const partials = newTensor([partialCount(gradients.map((g) => g.length))]);
    const out = newTensor([STATE.size]);
    globalNorm(tensors, upload(Float32Array.of(11, 12, 13)), clip, partials, out);
    const got = new Float32Array(await gpu().read(out));
    const { norm, scale } = globalNormReference(gradients, clip);
    expect([...got.subarray(0, 3)]).toEqual([11, 12, 13]);
    expect(Math.abs(got[STATE.norm]! / norm - 1)).toBeLessThan(1e-6);
    expect(Math.abs(got[STATE.scale]! / scale - 1)).toBeLessThan(1e-6);
  });

  test.each([Infinity, NaN, 1e30])('a gradient of %d is skipped', async (broken) => {
    const out = newTensor([STATE.size]);
    globalNorm([upload(Float32Array.of(1, broken))], upload(new Float32Array(3)), 1, newTensor([1]), out);
    expect(new Float32Array(await gpu().read(out))[STATE.skipped]).toBe(1);
  });

  test('a gradient of zeros is not scaled to NaN', async () => {
    const out = newTensor([STATE.size]);
    globalNorm([upload(new Float32Array(3))], upload(new Float32Array(3)), 1, newTensor([1]), out);
    expect([...new Float32Array(await gpu().read(out))]).toEqual([0, 0, 0, 0, 1, 0, 1, 0]);
  });
});
