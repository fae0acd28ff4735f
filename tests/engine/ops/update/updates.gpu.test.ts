// Adam and SGD over groups of weights against their references.
import { beforeAll, describe, expect, test } from 'vitest';
import { adamInPlace, adamReference } from '../../../../src/engine/ops/update/adamw';
import { STATE } from '../../../../src/engine/ops/update/stepState';
import { sgdInPlace, sgdReference } from '../../../../src/engine/ops/update/sgd';
import { testEngine } from '../../../gpu';
import { randomTensor, relativeError, toTensor, values } from '../../../tensors';

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
