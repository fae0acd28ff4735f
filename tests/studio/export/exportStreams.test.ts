import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { parameterCount, type ModelShape } from '../../../src/base/modelShape';
import { writeZip } from '../../../src/formats/zip';
import type { AtelierDb } from '../../../src/storage/db';
import { modelItems } from '../../../src/studio/export/exportFiles';
import { ggufFile } from '../../../src/studio/export/kinds/gguf';
import { exportModel } from '../../../src/studio/export/exportModel';
import { openExport, type ExportSource } from '../../../src/studio/export/exportSource';
import { freshStorage } from '../../storage/storage';
import { publishedModel, tunedModel } from '../models/publishedModels';

// A large model goes to the disk in parts: what is in memory does not grow with it.

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Counts what it is given, and looks now and then at what is held in buffers beside. */
class CountingSink {
  bytes = 0;
  largestChunk = 0;
  held = 0;
  #looked = 0;
  readonly #before = buffers();
  readonly stream = new WritableStream<Uint8Array>({
    write: (chunk) => {
      this.bytes += chunk.byteLength;
      this.largestChunk = Math.max(this.largestChunk, chunk.byteLength);
      if (this.bytes - this.#looked < 8 * 2 ** 20) return;
      this.#looked = this.bytes;
      this.held = Math.max(this.held, buffers() - this.#before);
    },
  });
}
function buffers(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

let db: AtelierDb;
let source: ExportSource;
/** 41 million weights that are made where they are read: nothing of them is stored. */
beforeAll(async () => {
  db = await freshStorage();
  const small = await openExport(db, (await publishedModel(db)).id);
  const model: ModelShape = {
    ...small.weights.model,
    hiddenSize: 512,
    intermediateSize: 1536,
    heads: 8,
    kvHeads: 8,
    headDim: 64,
    layers: 12,
  };
  const widths = new Map<string, number>([['embedding', model.hiddenSize]]);
  const rows: ExportSource['rows'] = (name, _row, count) =>
    Promise.resolve(
      new Float32Array(count * (widths.get(name) ?? (/down$/.test(name) ? 1536 : /norm/i.test(name) ? 1 : 512))),
    );
  source = { ...small, rows, weights: { ...small.weights, model, read: rows } };
});

/** Some parts in flight: of one tensor, of its conversion, of the zip's checksum. */
const FLAT = 48 * 2 ** 20;

test('a GGUF of 82 MB', async () => {
  const sink = new CountingSink();
  const { byteLength, bytes } = ggufFile(source, 'F16');
  expect(byteLength).toBeGreaterThan(2 * parameterCount(source.weights.model));
  const writer = sink.stream.getWriter();
  for await (const part of bytes) await writer.write(part);
  expect(sink.bytes).toBe(byteLength);
  expect(sink.held).toBeLessThan(FLAT);
});

test('a zip of safetensors of 164 MB', async () => {
  const sink = new CountingSink();
  await writeZip(sink.stream, modelItems({ ...source, dtype: 'F32' }), new Date());
  expect(sink.bytes).toBeGreaterThan(4 * parameterCount(source.weights.model));
  expect(sink.held).toBeLessThan(FLAT);
});

test('every kind goes into the file that was picked, and nothing of it stays behind as a blob', async () => {
  const base = await publishedModel(db);
  const tuned = await tunedModel(db, base);
  for (const kind of ['safetensors', 'peft', 'gguf-f16', 'gguf-q8', 'gguf-lora', 'ollama'] as const) {
    const sink = new CountingSink();
    const { bytes, blob } = await exportModel(db, tuned, kind, { target: sink.stream });
    expect({ kind, bytes, blob }).toEqual({ kind, bytes: sink.bytes, blob: undefined });
    expect(bytes).toBeGreaterThan(1000);
  }
});
