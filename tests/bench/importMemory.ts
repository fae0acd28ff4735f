// The memory that imports of large files take: each text is made while it is read, and its rows are packed as for
// storage and dropped.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { stream as randomStream } from '../../src/base/numbers/rng';
import { rowsOfFile } from '../../src/formats/text/files';
import type { TextSource } from '../../src/formats/text/format';
import { RowNotes } from '../../src/formats/text/rowNotes';
import { TextPacker } from '../../src/storage/textPacker';
import { ROW_CHUNK_BYTES } from '../../src/storage/datasets';

const LARGE = 1_000_000_000;
const PARQUET_ROWS = 540_000;
const PART = 1 << 16;

interface MemoryFigure {
  metric: 'import_peak_mb';
  case: string;
  rows: number;
  /** The most that was held while it was read beyond what was held before, with what nobody had collected yet. */
  peak: number;
  seconds: number;
}

const random = randomStream(1, 'large');
const words = (count: number): string => Array.from({ length: count }, () => `w${random.below(9000)}`).join(' ');
const LINES = Array.from({ length: 2000 }, (_, i) => ({ prompt: `Row ${i}: ${words(12)}`, response: words(90) }));

export async function measureImportMemory(): Promise<MemoryFigure[]> {
  const csv = LINES.map(({ prompt, response }) => `"${prompt}, said ""who""","${response}"\n`);
  const jsonl = LINES.map((line) => `${JSON.stringify(line)}\n`);
  const member = LINES.map((line) => `${JSON.stringify(line)},\n`);
  return [
    await peakOf('csv', '1 GB', repeated('prompt,response\n', csv)),
    await peakOf('jsonl', '1 GB', repeated('', jsonl)),
    await peakOf('json', '1 GB, one list', repeated('[', member, `${JSON.stringify(LINES[0])}]`)),
    await peakOf('parquet', '300 MB, one row group', parquetOfOneGroup()),
  ];
}

/** A text again and again, as a file that lies nowhere. */
function repeated(head: string, body: readonly string[], foot = ''): TextSource {
  const [first, part, last] = [head, body.join(''), foot].map((text) => new TextEncoder().encode(text));
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield first!;
    for (let given = 0; given < LARGE; given += part!.length)
      for (let at = 0; at < part!.length; at += PART) yield await Promise.resolve(part!.slice(at, at + PART));
    yield last!;
  }
  return { name: 'rows', byteLength: LARGE, stream, buffer: () => Promise.reject(new Error('not read whole')) };
}

function parquetOfOneGroup(): TextSource {
  const columnData = (['prompt', 'response'] as const).map((name) => ({
    ...{ name, encoding: 'PLAIN' as const },
    data: Array.from({ length: PARQUET_ROWS }, (_, i) => LINES[i % LINES.length]![name]),
  }));
  const file = parquetWriteBuffer({ columnData, rowGroupSize: PARQUET_ROWS, codec: 'UNCOMPRESSED' });
  const buffer = fromBytes(new Uint8Array(file));
  const stream = (): never => {
    throw new Error('not read as a stream');
  };
  return { name: 'rows', byteLength: file.byteLength, stream, buffer: () => Promise.resolve(buffer) };
}

async function peakOf(
  format: 'csv' | 'jsonl' | 'json' | 'parquet',
  name: string,
  file: TextSource,
): Promise<MemoryFigure> {
  collect();
  const before = held();
  const start = performance.now();
  const packer = new TextPacker();
  let [rows, peak] = [0, 0];
  for await (const batch of rowsOfFile(file, format, { notes: new RowNotes() })) {
    for (const { row } of batch) packer.add(row);
    rows += batch.length;
    peak = Math.max(peak, held() - before);
    if (packer.byteLength >= ROW_CHUNK_BYTES) packer.take();
  }
  const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
  return { metric: 'import_peak_mb', case: `${format}, ${name}`, rows, peak: Math.round(peak / 1e6), seconds };
}

/** What the making of the file left behind is not the import's. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
