import { describe, expect, test } from 'vitest';
import { parameterSpecs, type ModelShape } from '../../../src/base/modelShape';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import { initialWeights } from '../../../src/engine/models/weights';

const model: ModelShape = {
  vocabSize: 67,
  hiddenSize: 24,
  intermediateSize: 37,
  layers: 2,
  heads: 3,
  kvHeads: 1,
  headDim: 16,
  contextLength: 13,
  ropeTheta: 10_000,
  normEps: 1e-5,
};
const valuesOf = (t: TensorData): Float32Array => new Float32Array(t.bytes.buffer as ArrayBuffer);
const spread = (v: Float32Array): number => Math.sqrt(v.reduce((a, x) => a + x * x, 0) / v.length);
const byName = (shape: ModelShape, seed: number): Map<string, Float32Array> =>
  new Map([...initialWeights(shape, seed)].map((t) => [t.name, valuesOf(t)]));

describe('initialWeights', () => {
  test('gives every parameter once, in order, in its shape', () => {
    const made = [...initialWeights(model, 42)].map(({ name, shape, bytes }) => ({ name, shape, size: bytes.length }));
    const wanted = parameterSpecs(model).map(({ name, shape }) => ({
      name,
      shape,
      size: 4 * shape.reduce((a, b) => a * b, 1),
    }));
    expect(made).toEqual(wanted);
  });

  test('norms are one, matrices have spread 0.02, those before the residual 0.02 / √(2·layers)', () => {
    const made = byName(model, 42);
    expect([...made.get('layers.1.norm2')!].every((x) => x === 1)).toBe(true);
    expect(spread(made.get('embedding')!) / 0.02).toBeCloseTo(1, 1);
    expect(spread(made.get('layers.0.gateUp')!) / 0.02).toBeCloseTo(1, 1);
    expect(spread(made.get('layers.0.down')!) / 0.01).toBeCloseTo(1, 1);
    expect(spread(made.get('layers.1.o')!) / 0.01).toBeCloseTo(1, 1);
  });

  test('follow from the seed and the name alone', () => {
    const [a, again, other] = [byName(model, 42), byName(model, 42), byName(model, 43)];
    expect(again).toEqual(a);
    expect(other.get('embedding')).not.toEqual(a.get('embedding'));
    expect(byName({ ...model, layers: 3 }, 42).get('layers.0.qkv')).toEqual(a.get('layers.0.qkv'));
    expect(a.get('layers.0.qkv')).not.toEqual(a.get('layers.1.qkv'));
  });
});
