// The types of a quantized file's matrices, as llama.cpp's quantize program chooses them (fixtures/gguf_mixtures.py).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { GgmlType } from '../../../src/formats/gguf/ggml';
import { matrixType } from '../../../src/formats/gguf/ggufMixture';

interface Case {
  case: string;
  layers: number;
  tied: boolean;
  /** By name: values of a row, its type in Q4_0, its type in Q4_K_M. */
  matrices: Record<string, [number, GgmlType, GgmlType]>;
}
const CASES = JSON.parse(readFileSync('tests/fixtures/goldens/ggufMixtures.json', 'utf8')) as Case[];

test.each(CASES)('$case', ({ layers, tied, matrices }) => {
  const found = Object.entries(matrices).map(([name, [width]]) => {
    const place = { name, width, layers, tied };
    return [name, [width, matrixType('Q4_0', place), matrixType('Q4_K_M', place)]] as const;
  });
  expect(Object.fromEntries(found)).toEqual(matrices);
});

test('matrices in one type keep it where whole blocks fill a row', () => {
  const place = { name: 'output.weight', width: 64, layers: 1, tied: false };
  expect(matrixType('Q8_0', place)).toBe('Q8_0');
  expect(matrixType('Q8_0', { ...place, width: 40 })).toBe('F16');
  expect(matrixType('BF16', { ...place, width: 40 })).toBe('BF16');
});
