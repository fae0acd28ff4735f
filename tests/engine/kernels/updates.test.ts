import { beforeAll, describe, expect, test } from 'vitest';
import { newTensor } from '../../../src/engine/buffers';
import { adamInPlace, adamReference } from '../../../src/engine/kernels/adamw';
import { globalNorm, globalNormReference, partialCount, STATE } from '../../../src/engine/kernels/globalNorm';
import { gpu } from '../../../src/engine/kernels/kernel';
import { sgdInPlace, sgdReference } from '../../../src/engine/kernels/sgd';
import { randomTensor, relativeError, testEngine, toTensor, values } from '../../gpu';

beforeAll(async () => void (await testEngine()));

const SCALE = 0.37;
const state = () => toTensor({ shape: [STATE.size], data: Float32Array.of(0, 0, 0, 0, SCALE) });
const random = (name: string, size: number): Float32Array => Float32Array.from(randomTensor(name, [size]).data);
const upload = (data: Float32Array) => toTensor({ shape: [data.length], data });
const SIZES = [1, 7, 260, 1021, 4 * 331];

describe.each(SIZES)('%i weights', (size) => {
  const [weight, moment1, gradient] = [random('w', size), random('m', size), random('g', size)];
  const moment2 = random('v', size).map((x) => x * x);

  test.each([false, true])('Adam, decay coupled: %s', async (coupled) => {
    const scalars = { rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, decay: 0.1, coupled, update: 3 };
    const tensors = { weight: upload(weight), moment1: upload(moment1), moment2: upload(moment2) };
    adamInPlace({ ...tensors, gradient: upload(gradient), state: state() }, scalars, scalars);
    const expected = [weight.slice(), moment1.slice(), moment2.slice()] as const;
    adamReference(...expected, gradient, SCALE, scalars);
    for (const [i, tensor] of Object.values(tensors).entries()) {
      expect(relativeError(await values(tensor), expected[i]!)).toBeLessThan(1e-6);
    }
  });

  test('SGD with momentum', async () => {
    const scalars = { rate: 0.05, momentum: 0.9, decay: 0.1 };
    const tensors = { weight: upload(weight), moment1: upload(moment1) };
    sgdInPlace({ ...tensors, gradient: upload(gradient), state: state() }, scalars, scalars);
    const expected = [weight.slice(), moment1.slice()] as const;
    sgdReference(...expected, gradient, SCALE, scalars);
    expect(relativeError(await values(tensors.weight), expected[0])).toBeLessThan(1e-6);
    expect(relativeError(await values(tensors.moment1), expected[1])).toBeLessThan(1e-6);
  });
});

describe('globalNorm', () => {
  // 300,001 numbers take 74 workgroups, and 4,300,000 more than the most that one gradient gets
  const gradients = [5, 300_001, 4_300_000, 64].map((size, i) => random(`gradient ${i}`, size));

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

  test('a gradient of zeros is not scaled to NaN', async () => {
    const out = newTensor([STATE.size]);
    globalNorm([upload(new Float32Array(3))], upload(new Float32Array(3)), 1, newTensor([1]), out);
    expect([...new Float32Array(await gpu().read(out))]).toEqual([0, 0, 0, 0, 1]);
  });
});
