// The GGUF types of blocks, byte for byte as ggml's reference quantisation writes them (fixtures/gguf_quants.py).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeGgml, type GgmlType } from '../../../src/formats/gguf/ggml';

type Case = { values: string } & Record<string, string>;
const CASES = JSON.parse(readFileSync('tests/fixtures/goldens/ggufQuants.json', 'utf8')) as Record<string, Case>;
const TYPES: GgmlType[] = ['Q4_0', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K'];

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
const floats = (text: string): Float32Array => new Float32Array(bytesOf(text).buffer);

test.each(Object.keys(CASES).flatMap((name) => TYPES.map((type) => [name, type] as const)))(
  '%s in %s has the bytes of the reference',
  (name, type) => {
    const { values, [type]: expected } = CASES[name]!;
    expect(encodeGgml(floats(values), type, 'x')).toEqual(bytesOf(expected!));
  },
);

test.each(TYPES)('a scale beyond what %s can hold is refused by the name of its tensor', (type) => {
  const values = new Float32Array(256).fill(1e9, 10, 20);
  const refused = { code: 'float-overflow', facts: { tensor: 'up', found: 1e9, limit: expect.any(Number) as number } };
  expect(() => encodeGgml(values, type, 'up')).toThrow(expect.objectContaining(refused));
});
