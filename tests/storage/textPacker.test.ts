import { describe, expect, it } from 'vitest';
import { TextPacker } from '../../src/storage/textPacker';

const unpacked = ({ bytes, offsets }: { bytes: Uint8Array; offsets: Uint32Array }): string[] =>
  Array.from({ length: offsets.length - 1 }, (_, i) =>
    new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(offsets[i], offsets[i + 1])),
  );

describe('texts of a chunk', () => {
  it('come back as they went in, whatever their width and size', () => {
    const texts = [
      '',
      'plain',
      '汉字'.repeat(30_000),
      '\uFEFFmark',
      '😀'.repeat(40_000),
      '',
      'é'.repeat(70_000),
      'end',
    ];
    const packer = new TextPacker();
    for (const text of texts) packer.add(text);
    const bytes = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).byteLength, 0);
    expect(packer.byteLength).toBe(bytes);
    const packed = packer.take();
    expect(packed.bytes.byteLength).toBe(bytes);
    expect(unpacked(packed)).toEqual(texts);
  });

  it('are in bytes of their own once they are taken', () => {
    const packer = new TextPacker();
    packer.add('first');
    const first = packer.take();
    packer.add('other');
    expect(unpacked(first)).toEqual(['first']);
    expect(unpacked(packer.take())).toEqual(['other']);
    expect(unpacked(packer.take())).toEqual([]);
  });

  it('have U+FFFD where half a character stands alone', () => {
    const packer = new TextPacker();
    packer.add('a\ud800b');
    expect(unpacked(packer.take())).toEqual(['a\uFFFDb']);
  });
});
