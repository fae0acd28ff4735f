// Blocks of each type against gguf's own dequantize (tests/fixtures/gguf_blocks.py), bit by bit.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isBlockType } from '../../../../src/base/numbers/dtype';
import { hasLargeScale } from '../../../../src/formats/gguf/dequantise/scales';
import { decodeGgml, ggmlBytes, type ReadType } from '../../../../src/formats/gguf/ggml';

const path = new URL('../../../fixtures/goldens/ggufBlocks.json', import.meta.url);
const CASES = JSON.parse(readFileSync(path, 'utf8')) as Record<string, { blocks: string; values: string }>;
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));

/** The bits of values; whatever is no number counts as one. */
const bits = (values: Float32Array): number[] =>
  Array.from(new Uint32Array(values.buffer), (bit, i) => (Number.isNaN(values[i]) ? NaN : bit));

describe.each(Object.entries(CASES))('%s', (type, { blocks, values }) => {
  it('decodes to the bits of the gguf package', () => {
    const expected = new Float32Array(bytesOf(values).buffer);
    expect(bits(decodeGgml(bytesOf(blocks), type as ReadType))).toEqual(bits(expected));
    expect(ggmlBytes(type as ReadType, [expected.length])).toBe(bytesOf(blocks).length);
  });
});

it('an infinite scale, and one that makes large values, are seen without decoding', () => {
  for (const [type, { blocks }] of Object.entries(CASES)) {
    if (!isBlockType(type)) continue;
    const bytes = bytesOf(blocks);
    const stride = bytes.length / 7;
    const large = Array.from({ length: 7 }, (_, i) =>
      hasLargeScale(bytes.subarray(i * stride, (i + 1) * stride), type),
    );
    expect(large).toEqual([false, false, false, false, false, true, true]);
  }
});
