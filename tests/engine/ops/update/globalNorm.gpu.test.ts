import { beforeAll, expect, test } from 'vitest';
import { newTensor } from '../../../../src/engine/device/buffers';
import { globalNorm, globalNormReference, partialCount } from '../../../../src/engine/ops/update/globalNorm';
import { STATE } from '../../../../src/engine/ops/update/stepState';
import { gpu } from '../../../../src/engine/device/kernel';
import { testEngine } from '../../../gpu';
import { randomTensor, toTensor } from '../../../tensors';

beforeAll(async () => void (await testEngine()));

const random = (name: string, size: number): Float32Array => Float32Array.from(randomTensor(name, [size]).data);
const upload = (data: Float32Array) => toTensor({ shape: [data.length], data });

// More than a dispatch binds; 300,001 numbers take 74 workgroups, and 4,300,000 more than one gradient gets.
const gradients = [5, 300_001, 4_300_000, 64, 3, 4, 1, 1, 128, 7, 8, 9].map((size, i) => random(`gradient ${i}`, size));

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
