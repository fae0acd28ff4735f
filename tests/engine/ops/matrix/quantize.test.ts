import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  NF4,
  quantizedBytes,
  quantizeRows,
  rowLayout,
  dequantizeRows,
  type QuantizedKind,
} from '../../../../src/engine/ops/matrix/quantize';
import { randomTensor } from '../../../tensors';

interface Packed {
  columns: number;
  values: number[];
  expected: number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../fixtures/goldens/linear.json', import.meta.url), 'utf8'),
) as Record<'q8', Packed> & Record<'nf4', Packed & { table: number[] }>;

const roundTrip = (kind: QuantizedKind, columns: number, values: Float32Array): Float32Array =>
  dequantizeRows(kind, columns, quantizeRows(kind, columns, values));

test('q8 is what gguf makes of Q8_0, to the bit', () => {
  const { columns, values, expected } = golden.q8;
  expect(roundTrip('q8', columns, Float32Array.from(values))).toEqual(Float32Array.from(expected));
});

test('the values of NF4 are the quantiles that bitsandbytes takes', () => {
  golden.nf4.table.forEach((value, i) => expect(NF4[i]).toBeCloseTo(value, 6));
});

test('q4 takes the nearest of them in every block of 64', () => {
  const { columns, values, expected } = golden.nf4;
  const found = roundTrip('q4', columns, Float32Array.from(values));
  found.forEach((value, i) =>
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-6 * Math.abs(expected[i]!)),
  );
});

describe.each(['f16', 'q8', 'q4'] as const)('%s', (kind) => {
  test.each([1, 31, 32, 33, 64, 65, 130])('rows of %i begin at 16 bytes and come back, padded or not', (columns) => {
    const { data } = randomTensor(`rows ${columns}`, [3, columns]);
    const values = Float32Array.from(data);
    const layout = rowLayout(kind, columns);
    expect([layout.words % 4, quantizedBytes(kind, [3, columns])]).toEqual([0, 12 * layout.words]);
    const found = roundTrip(kind, columns, values);
    const step = { f16: 2 ** -11, q8: 0.5 / 127 + 2 ** -11, q4: 0.153 }[kind]; // of the largest in a block: half a step, with q8 the scale's rounding too
    for (let i = 0; i < values.length; i++) {
      const start = i - ((i % columns) % layout.block);
      const end = Math.min(start + layout.block, i - (i % columns) + columns);
      const top = Math.max(...values.subarray(start, end).map(Math.abs));
      expect(Math.abs(found[i]! - values[i]!)).toBeLessThanOrEqual(step * top * 1.001);
    }
  });

  test('rows packed part by part are the same bytes', () => {
    const values = Float32Array.from(randomTensor('parts', [5, 70]).data);
    const parts = [quantizeRows(kind, 70, values.subarray(0, 140)), quantizeRows(kind, 70, values.subarray(140))];
    expect([...parts[0]!, ...parts[1]!]).toEqual([...quantizeRows(kind, 70, values)]);
  });

  test('packing what was unpacked changes nothing', () => {
    const once = roundTrip(kind, 70, Float32Array.from(randomTensor('again', [4, 70]).data));
    expect(roundTrip(kind, 70, once)).toEqual(once);
  });
});

test('a model in f16, q8 and q4 takes 16, 9 and 4.5 bits a weight', () => {
  const bits = (['f16', 'q8', 'q4'] as const).map((kind) => (8 * quantizedBytes(kind, [10, 2048])) / 20480);
  expect(bits).toEqual([16, 9, 4.5]);
});
