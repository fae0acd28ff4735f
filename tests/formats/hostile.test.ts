// GGUF files and zips as somebody may have damaged or prepared them: each is refused in words, or reads as it was.
import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { AtelierError } from '../../src/base/errors/errors';
import { errorWords } from '../../src/app/words/errorWords';
import { stream } from '../../src/base/numbers/rng';
import { ALIGNMENT, layoutGguf, type GgufEntry } from '../../src/formats/gguf/gguf';
import { readGguf, readGgufRows } from '../../src/formats/gguf/ggufReading';
import { listZip, MOST_ENTRIES, writeZip } from '../../src/formats/zip';
import { utf8 } from './helpers';

const random = stream(12, 'hostile files');

async function refusal(read: () => Promise<unknown>): Promise<AtelierError> {
  const error: unknown = await read().then(
    () => 'read',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(AtelierError);
  const found = error as AtelierError;
  expect(errorWords(found, 'en') + errorWords(found, 'zh')).not.toMatch(/\{\w+\}/);
  return found;
}

describe('GGUF', () => {
  const ENTRIES: GgufEntry[] = [
    ['general.architecture', 'string', 'llama'],
    ['a'.repeat(17), 'u32', 1],
    ['llama.block_count', 'u32', 2],
    ['tokenizer.ggml.tokens', 'string[]', ['a', 'b', '漢']],
    ['tokenizer.ggml.token_type', 'i32[]', [1, 1, 1]],
  ];
  const TENSORS = ['a', 'b', 'c'].map((name, i) => ({
    name,
    shape: [2, 32 + 32 * i],
    type: (['F32', 'F16', 'Q8_0'] as const)[i]!,
  }));
  const layout = layoutGguf(ENTRIES, TENSORS);
  const good = new Uint8Array(layout.byteLength);
  good.set(layout.header);
  for (let i = layout.header.length; i < good.length; i++) good[i] = (i * 37) % 61; // small in every number format

  const read = async (bytes: Uint8Array): Promise<string> => {
    const file = await readGguf(fromBytes(bytes), 'm.gguf');
    const rows = await Promise.all(file.tensors.map((t) => readGgufRows(fromBytes(bytes), t, 'm.gguf')));
    return JSON.stringify([
      [...file.metadata],
      file.tensors.map(({ name, shape }) => [name, shape]),
      rows.map((r) => [...r]),
    ]);
  };
  const patch = (change: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
    const bytes = good.slice();
    change(new DataView(bytes.buffer), bytes);
    return bytes;
  };
  const at = (text: string): number => Buffer.from(good).indexOf(text);
  /** Behind the name of a tensor: u32 dimensions, u64 each, u32 type, u64 offset. */
  const info = (name: string): number =>
    Buffer.from(good).lastIndexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, name.charCodeAt(0), 2, 0, 0, 0])) + 9;
  const u64 = (offset: number, value: bigint) => patch((view) => view.setBigUint64(offset, value, true));
  const u32 = (offset: number, value: number) => patch((view) => view.setUint32(offset, value, true));

  const BROKEN: [string, Uint8Array][] = [
    ...[0, 3, 5, 11, 23, 40, ...Array.from({ length: 12 }, () => random.below(good.length))].map(
      (n): [string, Uint8Array] => [`cut to ${n} bytes`, good.slice(0, n)],
    ),
    ['another magic', patch((_, bytes) => bytes.set(utf8('GGML')))],
    ...[0, 1, 4, 2 ** 31].map((v): [string, Uint8Array] => [`version ${v}`, u32(4, v)]),
    ...[4n, 70_000n, 2n ** 53n, 2n ** 63n].map((n): [string, Uint8Array] => [`${n} tensors`, u64(8, n)]),
    ...[70_000n, 2n ** 53n].map((n): [string, Uint8Array] => [`${n} keys`, u64(16, n)]),
    ...[2n ** 25n, 2n ** 40n, 2n ** 64n - 1n].map((n): [string, Uint8Array] => [`a key of ${n} bytes`, u64(24, n)]),
    ['a key that is no UTF-8', patch((_, bytes) => (bytes[at('llama.block')] = 0xff))],
    ['a key twice', patch((_, bytes) => bytes.set(utf8('a'.repeat(17)), at('llama.block_count')))],
    ...[13, 255, 2 ** 31].map((type): [string, Uint8Array] => [
      `a value of type ${type}`,
      u32(at('llama.block_count') + 17, type),
    ]),
    ['a list of lists', u32(at('tokenizer.ggml.tokens') + 25, 9)],
    ...[2n ** 23n, 2n ** 52n].map((n): [string, Uint8Array] => [
      `a list of ${n}`,
      u64(at('tokenizer.ggml.tokens') + 29, n),
    ]),
    ...[5, 9, 2 ** 31].map((n): [string, Uint8Array] => [`${n} dimensions`, u32(info('a'), n)]),
    ...[2n ** 40n, 2n ** 53n, 2n ** 63n].map((n): [string, Uint8Array] => [
      `a dimension of ${n}`,
      u64(info('b') + 4, n),
    ]),
    ['an offset after the file', u64(info('c') + 24, 2n ** 30n)],
    ['an offset beyond all numbers', u64(info('c') + 24, 2n ** 63n)],
    ['an offset that is not aligned', u64(info('b') + 24, 257n)],
    ['two tensors in one place', u64(info('b') + 24, 0n)],
    ['a tensor inside another', u64(info('b') + 24, BigInt(ALIGNMENT))],
    ['a tensor twice', patch((_, bytes) => (bytes[info('b') - 1] = 0x61))],
    ['a tensor of an unknown type', u32(info('b') + 20, 99)],
    ...[10, 23, 39].map((type): [string, Uint8Array] => [
      `a tensor of type ${type}, which we don't read`,
      u32(info('b') + 20, type),
    ]),
    ['rows that fill no blocks', u64(info('c') + 4, 48n)],
    [
      'sizes whose product is beyond all numbers',
      patch((view) => [4, 12].forEach((n) => view.setBigUint64(info('a') + n, 2n ** 52n, true))),
    ],
    ['a tensor of K blocks over shorter rows', u32(info('c') + 20, 12)],
  ];

  test('reads as it was written', async () => {
    const [metadata, tensors] = JSON.parse(await read(good)) as [unknown[], unknown[]];
    expect(metadata).toHaveLength(ENTRIES.length);
    expect(tensors).toEqual(TENSORS.map(({ name, shape }) => [name, shape]));
  });

  test('fifty ways to break it, no two alike', () => {
    expect(BROKEN.length).toBeGreaterThan(45);
    expect(new Set(BROKEN.map(([, bytes]) => Buffer.from(bytes).toString('latin1'))).size).toBe(BROKEN.length);
  });

  test.each(BROKEN)('%s is refused', async (_name, bytes) => {
    expect((await refusal(() => read(bytes))).code).toMatch(/^gguf-(broken|unsupported|type)$/);
  });

  test.each(['0', '0.5', '-32', '1e9'])('an alignment of %s is refused', async (alignment) => {
    const value = Number(alignment);
    const entries: GgufEntry[] = [['general.alignment', Number.isInteger(value) && value >= 0 ? 'u32' : 'f32', value]];
    const { header } = layoutGguf(entries, []);
    expect((await refusal(() => readGguf(fromBytes(header), 'm.gguf'))).code).toBe('gguf-broken');
  });

  test('two thousand damaged headers: an error of ours or a file that reads', async () => {
    for (let i = 0; i < 2000; i++) {
      const bytes = patch((_, b) => {
        for (let n = 1 + random.below(4); n > 0; n--) b[random.below(layout.header.length)] = random.below(256);
      });
      await readGguf(fromBytes(bytes), 'm').catch((error: unknown) => {
        if (!(error instanceof AtelierError)) throw error;
      });
    }
  });
});

describe('zip', () => {
  const zipOf = async (items: [string, Uint8Array][]): Promise<Uint8Array> => {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const target = new WritableStream<Uint8Array>({ write: (c) => void chunks.push(c.slice()) });
    await writeZip(
      target,
      items.map(([path, bytes]) => ({ path, byteLength: bytes.length, bytes: [bytes] })),
      new Date(0),
    );
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  };
  const open = async (bytes: Uint8Array): Promise<void> => {
    for (const file of await listZip(fromBytes(bytes), 'm.zip')) {
      const buffer = await file.open();
      await buffer.slice(0, buffer.byteLength);
    }
  };
  /** The archive with a name spelled otherwise, of the same length, everywhere it stands. */
  const renamed = async (from: string, to: string): Promise<Uint8Array> => {
    const bytes = await zipOf([
      [from, utf8('abc')],
      ['config.json', utf8('{}')],
    ]);
    return Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(from, to), 'latin1'));
  };

  test.each([
    '../x.txt',
    '/abs.txt',
    'a/../b.c',
    './aa.txt',
    'a//b.txt',
    'C:\\a.txt',
    'a\\..\\b.c',
    'c:/a.txt',
    'a\0aa.txt',
    '..'.padEnd(8, '/x'),
  ])('the path %j is refused', async (path) => {
    const from = 'n'.repeat(path.length);
    const bytes = await renamed(from, path);
    expect((await refusal(() => open(bytes))).code).toBe('zip-path');
  });

  test('a name that stands twice is refused', async () => {
    const bytes = await renamed('config.jsoo', 'config.json');
    expect((await refusal(() => open(bytes))).code).toBe('zip-twice');
  });

  /** So many empty files; made of one zip's parts, since a writer takes a millisecond for each. */
  async function emptyFiles(count: number): Promise<Uint8Array> {
    const one = Buffer.from(await zipOf([['00000', new Uint8Array(0)]]));
    const end = one.subarray(-22); // offset of the directory at 16, its size at 12, counts at 8 and 10
    const [directory, size] = [end.readUInt32LE(16), end.readUInt32LE(12)];
    const repeat = (part: Buffer, patch: (copy: Buffer, i: number) => void): Buffer[] =>
      Array.from({ length: count }, (_, i) => {
        const copy = Buffer.from(part);
        copy.write(`${i}`.padStart(5, '0'), copy.indexOf('00000'));
        patch(copy, i);
        return copy;
      });
    const locals = repeat(one.subarray(0, directory), () => undefined);
    const entries = repeat(one.subarray(directory, directory + size), (copy, i) =>
      copy.writeUInt32LE(i * directory, 42),
    );
    end.writeUInt16LE(count, 8);
    end.writeUInt16LE(count, 10);
    end.writeUInt32LE(count * size, 12);
    end.writeUInt32LE(count * directory, 16);
    return new Uint8Array(Buffer.concat([...locals, ...entries, end]));
  }

  test('too many files are refused before any is read', async () => {
    expect((await refusal(async () => open(await emptyFiles(MOST_ENTRIES + 1)))).code).toBe('zip-entries');
    expect(await listZip(fromBytes(await emptyFiles(MOST_ENTRIES)), 'm.zip')).toHaveLength(MOST_ENTRIES);
  });

  /** 8 MiB of zeros in 8 KiB, whose headers say that they are `says` bytes. */
  async function bomb(says: number): Promise<Uint8Array> {
    const { ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js');
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const writer = new ZipWriter(new WritableStream<Uint8Array>({ write: (c) => void chunks.push(c.slice()) }), {
      dataDescriptor: false,
    });
    const size = 8 * 1024 * 1024;
    await writer.add('bomb', { readable: new Blob([new Uint8Array(size)]).stream() }, { level: 9, zip64: false });
    await writer.close();
    const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
    const view = new DataView(bytes.buffer);
    for (let i = 0; i + 4 < bytes.length; i++) if (view.getUint32(i, true) === size) view.setUint32(i, says, true);
    return bytes;
  }

  test.each([10, 1000, 6_000_000, 2 ** 31 + 1])(
    'a file that unpacks to more, or claims to, than %i bytes is not kept',
    async (says) => {
      const error = await refusal(async () => open(await bomb(says)));
      expect(error.code).toMatch(/^zip-(size|broken|checksum)$/);
    },
  );

  test('a hundred damaged archives: an error of ours, or files that are whole', async () => {
    const good = await zipOf([
      ['config.json', utf8('{"a": 1}')],
      ['m.bin', new Uint8Array(500).fill(9)],
    ]);
    let refused = 0;
    for (let i = 0; i < 100; i++) {
      const bytes = random.below(3) ? good.slice() : good.slice(0, random.below(good.length));
      for (let n = 1 + random.below(3); n > 0 && bytes.length; n--)
        bytes[random.below(bytes.length)] = random.below(256);
      await open(bytes).catch((error: unknown) => {
        if (!(error instanceof AtelierError)) throw error;
        refused++;
      });
    }
    expect(refused).toBeGreaterThan(50);
  });
});
