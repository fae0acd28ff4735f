import 'fake-indexeddb/auto';
import { parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer } from 'hyparquet-writer';
import Papa from 'papaparse';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { stream } from '../../src/base/numbers/rng';
import { openStorage } from '../../src/storage/open';
import { importFile } from '../../src/studio/data/importData';

const ROWS = 20_000;
/** The least time counts: nothing makes work faster than it is. */
const ROUNDS = 4;

interface Row {
  metric: string;
  case: string;
  ours: number;
  peer: string;
  peerValue: number;
  ratio: number;
}

/** Figures of the data room, each beside its peer on the same input. */
export const measureData = async (): Promise<Row[]> => [await csvImport(), await jsonlImport(), await parquetImport()];

const random = stream(1, 'rows');
/** Words in an order of their own in each row, so that no format stores a row as a repeat of another. */
const sentence = (words: number): string => Array.from({ length: words }, () => `w${random.below(9000)}`).join(' ');
const rowOf = (i: number): { prompt: string; response: string; rating: number } => ({
  prompt: `Ticket ${i}: ${sentence(12)}, and "who" answers it?`,
  response: `${sentence(60 + (i % 50))}.`,
  rating: i % 5,
});
const rows = Array.from({ length: ROWS }, (_, i) => rowOf(i));

/** A whole import, stored, beside papaparse that makes objects of the decoded text. */
function csvImport(): Promise<Row> {
  const file = new File([Papa.unparse(rows)], 'rows.csv');
  return compared(file, 'papaparse', async () => {
    return Papa.parse(await file.text(), { header: true, skipEmptyLines: true }).data;
  });
}

function jsonlImport(): Promise<Row> {
  const file = new File([rows.map((row) => JSON.stringify(row)).join('\n')], 'rows.jsonl');
  return compared(file, 'JSON.parse', async () => {
    return (await file.text()).split('\n').map((line) => JSON.parse(line) as unknown);
  });
}

function parquetImport(): Promise<Row> {
  const columns = (['prompt', 'response', 'rating'] as const).map((name) => ({ name, data: rows.map((r) => r[name]) }));
  const bytes = parquetWriteBuffer({ columnData: columns, rowGroupSize: 5000 });
  const file = new File([bytes], 'rows.parquet');
  return compared(file, 'hyparquet', async () => {
    return parquetReadObjects({ file: fromBytes(new Uint8Array(bytes)), compressors });
  });
}

/** Both sides in turns; MB of the file per second of this process. */
async function compared(file: File, peer: string, read: () => Promise<unknown[]>): Promise<Row> {
  const times = { ours: Infinity, peer: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const db = await openStorage(`bench-${file.name}-${round}`);
    times.peer = Math.min(times.peer, await cpuSeconds(read));
    times.ours = Math.min(times.ours, await cpuSeconds(() => importFile(db, file)));
    db.close();
  }
  const rate = (seconds: number): number => Number((file.size / 1e6 / seconds).toPrecision(3));
  return {
    ...{ metric: 'import_mb_per_cpu_s', case: `${file.name}, ${(file.size / 1e6).toFixed(1)} MB` },
    ...{
      ours: rate(times.ours),
      peer,
      peerValue: rate(times.peer),
      ratio: Number((times.peer / times.ours).toFixed(2)),
    },
  };
}

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
