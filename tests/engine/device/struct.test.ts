import { describe, expect, test } from 'vitest';
import { arrayOf, struct } from '../../../src/engine/device/struct';

const words = (view: DataView, from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => view.getUint32(from + 4 * i, true));
const bytes = (n: number): DataView => new DataView(new ArrayBuffer(n));

describe('the layout', () => {
  test('puts numbers one after the other', () => {
    const s = struct('Params', { n: 'u32', scale: 'f32', first: 'i32' });
    expect(s.wgsl).toBe('struct Params { n: u32, scale: f32, first: i32 };');
    expect(s.offsets).toEqual({ n: 0, scale: 4, first: 8 });
    expect([s.bytes, s.stride]).toEqual([12, 16]);
  });

  test('aligns a vector to 16 bytes, and what follows it to its own size', () => {
    const s = struct('Params', { a: 'u32', v: 'vec4u', b: 'f32', w: 'vec4u' });
    expect(s.offsets).toEqual({ a: 0, v: 16, b: 32, w: 48 });
    expect([s.bytes, s.stride]).toEqual([64, 64]);
  });

  test('gives elements of an array a stride of 16 bytes, in the text too', () => {
    const segment = struct('Segment', { first: 'u32', n: 'u32', keep: 'f32' });
    const s = struct('Params', { offset: 'u32', segments: arrayOf(segment, 3), alpha: 'f32' });
    expect(s.wgsl).toBe(
      'struct Segment { @align(16) first: u32, n: u32, keep: f32 };\n' +
        'struct Params { offset: u32, segments: array<Segment, 3>, alpha: f32 };',
    );
    expect(s.offsets).toEqual({ offset: 0, segments: 16, alpha: 16 + 3 * 16 });
  });

  test('an element of more than 16 bytes has a stride of 32', () => {
    const wide = struct('Wide', { a: 'u32', b: 'u32', c: 'u32', d: 'u32', e: 'f32' });
    expect(struct('Params', { all: arrayOf(wide, 2), after: 'u32' }).offsets).toEqual({ all: 0, after: 64 });
  });
});

describe('the writes', () => {
  test('are little-endian, by the type of the field', () => {
    const view = bytes(32);
    struct('Params', { n: 'u32', x: 'f32', i: 'i32', v: 'vec4u' }).all({ n: 7, x: 1.5, i: -2, v: [1, 2, 3, 4] })(view);
    expect([view.getUint32(0, true), view.getFloat32(4, true), view.getInt32(8, true)]).toEqual([7, 1.5, -2]);
    expect(words(view, 16, 4)).toEqual([1, 2, 3, 4]);
  });

  test('put elements of an array at their stride, and leave what is not named', () => {
    const segment = struct('Segment', { first: 'u32', n: 'u32', decay: 'u32' });
    const s = struct('Params', { rate: 'f32', segments: arrayOf(segment, 2) });
    const view = bytes(48);
    s.write(view, {
      segments: [
        { first: 1, n: 2 },
        { first: 3, n: 4 },
      ],
    });
    s.write(view, { segments: [{ decay: 5 }, { decay: 6 }] });
    expect(words(view, 0, 12)).toEqual([0, 0, 0, 0, 1, 2, 5, 0, 3, 4, 6, 0]);
  });

  test('that are split give still and live fields their own places', () => {
    const now = { rate: 0.5 };
    const s = struct('Params', { n: 'u32', rate: 'f32' });
    const { params, live } = s.split({ n: 3 }, () => ({ rate: now.rate }));
    const view = bytes(8);
    params(view);
    expect(words(view, 0, 2)).toEqual([3, 0]);
    live!(view);
    expect(view.getFloat32(4, true)).toBe(0.5);
    now.rate = 0.25;
    live!(view);
    expect([view.getUint32(0, true), view.getFloat32(4, true)]).toEqual([3, 0.25]);
  });
});
