import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../../src/base/numbers/asyncBuffer';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import { stream } from '../../../src/base/numbers/rng';
import { AtelierError } from '../../../src/base/errors/errors';
import { halfToFloat } from '../../../src/base/numbers/half';
import { toFloat32 } from '../../../src/formats/floats';
import { readTensorRows } from '../../../src/formats/huggingFace/modelTensors';
import {
  layoutSafetensors,
  readSafetensors,
  readTensor,
  writeSafetensors,
} from '../../../src/formats/huggingFace/safetensors';
import { safetensorsOf } from '../helpers';

const f32 = (name: string, shape: number[], values: number[]): TensorData => ({
  name,
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

async function written(tensors: TensorData[]): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const c of writeSafetensors(layoutSafetensors(tensors), (t) => t.bytes)) chunks.push(c.slice());
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

const TENSORS: TensorData[] = [
  f32('b', [3], [1, 2, 3]),
  { name: 'i', dtype: 'U8', shape: [5], bytes: Uint8Array.of(1, 2, 3, 4, 5) },
  f32('a', [2, 2], [0.5, -1, 0, 7]),
  { name: 'h', dtype: 'F16', shape: [], bytes: Uint8Array.of(0, 0x3c) },
  { name: 'l', dtype: 'I64', shape: [1], bytes: new Uint8Array(8).fill(255) },
  f32('none', [0, 3], []),
];

/** The same tensors by `safetensors.numpy.save` 0.8.0 with metadata {"format": "pt"}. */
const REFERENCE = [
  'cAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJsIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsxXSwiZGF0',
  'YV9vZmZzZXRzIjpbMCw4XX0sImEiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzIsMl0sImRhdGFfb2Zmc2V0cyI6WzgsMjRdfSwi',
  'YiI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzI0LDM2XX0sIm5vbmUiOnsiZHR5cGUiOiJGMzIi',
  'LCJzaGFwZSI6WzAsM10sImRhdGFfb2Zmc2V0cyI6WzM2LDM2XX0sImgiOnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6W10sImRhdGFf',
  'b2Zmc2V0cyI6WzM2LDM4XX0sImkiOnsiZHR5cGUiOiJVOCIsInNoYXBlIjpbNV0sImRhdGFfb2Zmc2V0cyI6WzM4LDQzXX19ICAg',
  'IP//////////AAAAPwAAgL8AAAAAAADgQAAAgD8AAABAAABAQAA8AQIDBAU=',
].join('');

describe('safetensors', () => {
  test('bytes are those of the reference writer', async () => {
    expect(Buffer.from(await written(TENSORS)).toString('base64')).toBe(REFERENCE);
  });

  test('what is written reads back', async () => {
    const buffer = fromBytes(await written(TENSORS));
    const { tensors, metadata } = await readSafetensors(buffer, 'm');
    expect(metadata).toEqual(new Map([['format', 'pt']]));
    expect(tensors.map((t) => t.name).sort()).toEqual(['a', 'b', 'h', 'i', 'l', 'none']);
    for (const t of tensors) expect(await readTensor(buffer, t, 'm')).toEqual(TENSORS.find((s) => s.name === t.name));
    expect(layoutSafetensors(TENSORS).byteLength).toBe(buffer.byteLength);
  });

  test('a tensor named like a number keeps its place', async () => {
    const { order, header } = layoutSafetensors([f32('a', [1], [1]), f32('0', [1], [2])]);
    expect(order.map((t) => t.name)).toEqual(['0', 'a']);
    expect(new TextDecoder().decode(header.slice(8)).indexOf('__metadata__')).toBe(2);
  });

  test('a header padded with spaces, other metadata, any order of entries', async () => {
    const bytes = safetensorsOf(
      '{"z":{"shape":[1],"data_offsets":[4,8],"dtype":"F32"},"__metadata__":{"k":"v"},"y":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}   ',
      8,
    );
    const { tensors } = await readSafetensors(fromBytes(bytes), 'm');
    expect(tensors.map((t) => t.name)).toEqual(['y', 'z']);
  });

  const entry = (offsets: string, shape = '[1]', dtype = '"F32"'): string =>
    `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
  const bad: [string, Uint8Array, string, object][] = [
    ['too short', Uint8Array.of(1, 2, 3), 'short', { size: 3 }],
    ['a header longer than the file', safetensorsOf('{}', 0, 99n), 'header-size', { header: 99, size: 10 }],
    ['a header above the limit', safetensorsOf('{}', 0, 1n << 62n), 'header-size', { limit: 100_000_000 }],
    ['a header that begins otherwise', safetensorsOf(' {}', 0), 'header', {}],
    ['a header that is not JSON', safetensorsOf('{"a":}', 0), 'header', {}],
    [
      'a header that is not UTF-8',
      safetensorsOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 0),
      'header',
      {},
    ],
    ['a deep header', safetensorsOf('{"a":' + '['.repeat(70) + ']'.repeat(70) + '}', 0), 'header', {}],
    [
      'a name twice',
      safetensorsOf(`{"a":${entry('[0,4]')},"\\u0061":${entry('[4,8]')}}`, 8),
      'duplicate',
      { tensor: 'a' },
    ],
    [
      'a field twice',
      safetensorsOf('{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 4),
      'duplicate',
      {},
    ],
    ['metadata that is no string', safetensorsOf('{"__metadata__":{"a":1}}', 0), 'metadata', {}],
    ['a field missing', safetensorsOf('{"a":{"dtype":"F32","shape":[1]}}', 4), 'entry', { tensor: 'a' }],
    [
      'an unknown number format',
      safetensorsOf(`{"a":${entry('[0,4]', '[4]', '"F8_E4M3"')}}`, 4),
      'dtype',
      { tensor: 'a' },
    ],
    ['a negative size', safetensorsOf(`{"a":${entry('[0,4]', '[-1]')}}`, 4), 'entry', { field: 'shape' }],
    ['half a size', safetensorsOf(`{"a":${entry('[0,4]', '[0.5,2]')}}`, 4), 'entry', { field: 'shape' }],
    [
      'a size above 2⁵³',
      safetensorsOf(`{"a":${entry('[0,4]', '[9007199254740993]')}}`, 4),
      'entry',
      { field: 'shape' },
    ],
    ['a product above 2⁵³', safetensorsOf(`{"a":${entry('[0,4]', '[4294967296,4294967296]')}}`, 4), 'size', {}],
    ['a range of another size', safetensorsOf(`{"a":${entry('[0,8]')}}`, 8), 'size', { needed: 4, found: 8 }],
    ['a range backwards', safetensorsOf(`{"a":${entry('[4,0]')}}`, 4), 'size', {}],
    ['an overlap', safetensorsOf(`{"a":${entry('[0,4]')},"b":${entry('[2,6]')}}`, 6), 'overlap', { tensor: 'b' }],
    ['a hole', safetensorsOf(`{"a":${entry('[0,4]')},"b":${entry('[8,12]')}}`, 12), 'hole', { tensor: 'b', offset: 8 }],
    ['a file cut short', safetensorsOf(`{"a":${entry('[0,4]')}}`, 3), 'end', { expected: 4, found: 3 }],
    ['bytes at the end', safetensorsOf(`{"a":${entry('[0,4]')}}`, 5), 'end', { expected: 4, found: 5 }],
  ];
  test.each(bad)('%s is refused', async (_, bytes, code, facts) => {
    await expect(readSafetensors(fromBytes(bytes), 'm')).rejects.toMatchObject({ code: `safetensors-${code}`, facts });
  });

  test('five thousand damaged files: an error of ours or a valid header, nothing else', async () => {
    const good = await written(TENSORS);
    const random = stream(7, 'mutants');
    for (let i = 0; i < 5000; i++) {
      const bytes = good.slice(0, random.next() < 0.2 ? random.below(good.length) : good.length);
      for (let n = 1 + random.below(4); n > 0 && bytes.length; n--)
        bytes[random.below(bytes.length)] = random.below(256);
      await readSafetensors(fromBytes(bytes), 'm').catch((error: unknown) => {
        if (!(error instanceof AtelierError)) throw error;
      });
    }
  });
});

describe('floats', () => {
  test('binary16', () => {
    const known: [number, number][] = [
      [0x0000, 0],
      [0x3c00, 1],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x03ff, 2 ** -14 - 2 ** -24],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x3555, 0.333251953125],
    ];
    for (const [bits, value] of known) expect(halfToFloat(bits)).toBe(value);
    expect(halfToFloat(0x7e00)).toBeNaN();
    expect(Object.is(halfToFloat(0x8000), -0)).toBe(true);
  });

  test('bfloat16 is the upper half of f32; views at odd offsets too', () => {
    const values = Float32Array.of(1, -0.5, 3.140625, 1e30);
    const halves = new Uint16Array(new Uint32Array(values.buffer).map((b) => b >>> 16));
    const shifted = new Uint8Array(halves.byteLength + 1);
    shifted.set(new Uint8Array(halves.buffer), 1);
    const got = toFloat32(shifted.subarray(1), 'BF16');
    expect([...got.slice(0, 3)]).toEqual([1, -0.5, 3.140625]);
    expect(Math.abs(got[3]! / 1e30 - 1)).toBeLessThan(0.01);
  });

  test('F32 and F64; integers are refused', async () => {
    expect([...toFloat32(new Uint8Array(Float32Array.of(1.5, -2).buffer), 'F32')]).toEqual([1.5, -2]);
    const wide = new Uint8Array(Float64Array.of(0.1, 1e300).buffer);
    expect([...toFloat32(wide, 'F64')]).toEqual([Math.fround(0.1), Infinity]);
    const integers = { name: 't', dtype: 'I32' as const, shape: [1], start: 0, end: 4, file: 'm' };
    await expect(readTensorRows({ ...integers, buffer: fromBytes(new Uint8Array(4)) }, 0, 1)).rejects.toMatchObject({
      code: 'tensor-dtype',
    });
  });
});
