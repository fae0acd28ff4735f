import { describe, expect, test } from 'vitest';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { listZip, writeZip, type ZipItem } from '../../src/formats/zip';

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

async function zipOf(items: ZipItem[], signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const target = new WritableStream<Uint8Array>({ write: (c) => void chunks.push(c.slice()) });
  await writeZip(target, items, new Date('2026-01-02T03:04:06Z'), signal);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

const item = (path: string, ...chunks: Uint8Array[]): ZipItem => ({
  path,
  bytes: chunks,
  byteLength: chunks.reduce((n, c) => n + c.length, 0),
});

async function readAll(bytes: Uint8Array, path: string): Promise<string> {
  const file = (await listZip(fromBytes(bytes), 'a.zip')).find((f) => f.path === path)!;
  return new TextDecoder().decode(await (await file.open()).slice(0));
}

describe('zip', () => {
  test('what is written reads back, stored and in place', async () => {
    const zip = await zipOf([
      item('config.json', text('{"a":'), text('1}')),
      item('dir/模型.bin', new Uint8Array(70_001)),
    ]);
    const files = await listZip(fromBytes(zip), 'a.zip');
    expect(files.map((f) => [f.path, f.byteLength])).toEqual([
      ['config.json', 7],
      ['dir/模型.bin', 70_001],
    ]);
    expect(await readAll(zip, 'config.json')).toBe('{"a":1}');
    const buffer = await files[0]!.open();
    expect(new TextDecoder().decode(await buffer.slice(1, 4))).toBe('"a"');
    expect((await buffer.slice(5, 99)).byteLength).toBe(2);
  });

  test('the same items and date give the same bytes', async () => {
    const make = (): Promise<Uint8Array> => zipOf([item('a', text('x')), item('b', text('yy'))]);
    expect(await make()).toEqual(await make());
  });

  test('a compressed entry is unpacked', async () => {
    const { ZipWriter } = await import('@zip.js/zip.js/lib/zip-core-native.js');
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const writer = new ZipWriter(new WritableStream<Uint8Array>({ write: (c) => void chunks.push(c.slice()) }));
    await writer.add('t.txt', { readable: new Blob(['ab'.repeat(5000)]).stream() }, { level: 6 });
    await writer.close();
    const zip = new Uint8Array(await new Blob(chunks).arrayBuffer());
    expect(zip.length).toBeLessThan(1000);
    expect(await readAll(zip, 't.txt')).toBe('ab'.repeat(5000));
  });

  test('a flipped byte is found by the checksum', async () => {
    const zip = await zipOf([item('w', new Uint8Array(1000).fill(7))]);
    zip[500]! ^= 1;
    await expect(readAll(zip, 'w')).rejects.toMatchObject({ code: 'zip-checksum', facts: { entry: 'w' } });
  });

  test('a name that stands twice is refused', async () => {
    const zip = await zipOf([item('aa', text('1')), item('ab', text('2'))]);
    for (let i = 0; i + 1 < zip.length; i++) if (zip[i] === 0x61 && zip[i + 1] === 0x62) zip[i + 1] = 0x61;
    await expect(listZip(fromBytes(zip), 'a.zip')).rejects.toMatchObject({ code: 'zip-twice' });
  });

  test('cancel ends the writing and aborts the target', async () => {
    const stop = new AbortController();
    let aborted = false;
    const target = new WritableStream<Uint8Array>({ abort: () => void (aborted = true) });
    function* endless(): Generator<Uint8Array> {
      for (let i = 0; i < 1000; i++) {
        if (i === 3) stop.abort();
        yield new Uint8Array(1000);
      }
    }
    const items = [{ path: 'w', byteLength: 1e6, bytes: endless() }];
    await expect(writeZip(target, items, new Date(0), stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(aborted).toBe(true);
  });

  test('an error of the source comes out as it was thrown', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(3);
      throw new RangeError('no more');
    }
    const items = [{ path: 'w', byteLength: 9, bytes: broken() }];
    const target = new WritableStream<Uint8Array>();
    await expect(writeZip(target, items, new Date(0))).rejects.toThrow('no more');
  });
});
