// Facets of very many rows: seconds from stored rows to columns, and from columns to facets, filters and an order, beside
// one plain loop over the same rows as JSON lines that counts lengths and labels in maps, as a script would.
import 'fake-indexeddb/auto';
import type { StoredRow } from '../../src/base/records/dataset';
import type { TableQuery } from '../../src/base/wire/rowTable';
import { stream } from '../../src/base/numbers/rng';
import { writeDataset } from '../../src/storage/datasets';
import { openStorage } from '../../src/storage/open';
import { RowTables } from '../../src/studio/data/rowTable';

const ROWS = 1_000_000;
const WORDS = 'the lamp was lit at six and nobody in the old town knew why it went out again before low water'.split(
  ' ',
);

interface FacetTime {
  metric: string;
  case: string;
  ours: number;
  peer: string;
  peerValue: number;
  ratio: number;
}

/** Seconds of this process. The rows are texts of 12 words with a label of 100,000 values, a source and a rating. */
export async function measureFacets(): Promise<FacetTime[]> {
  let rows = manyRows();
  const db = await openStorage('bench-facets');
  const { id } = await writeDataset(db, async (sink) => {
    for (const { row, facts } of rows) await sink.add(row, facts);
    return { name: 'rows', source: 'rows.jsonl', format: 'jsonl', encoding: 'utf-8', bytes: 1, sha256: '' };
  });
  const tables = new RowTables();
  const query = (patch: Partial<TableQuery> = {}): TableQuery => ({
    ...{ datasetId: id, filter: [], sort: { column: 'row', down: false }, asked: [] },
    ...patch,
  });
  let lines = rows.map((row) => JSON.stringify(row));
  rows = []; // a million objects would slow down what is measured next
  const plain = await cpuSeconds(() => Promise.resolve(plainCounts(lines)));
  lines = [];
  const open = await cpuSeconds(() => tables.view(db, query()));
  const wanted = ['characters', 'repeats-earlier', 'label', 'source', 'rating'].map((column) => ({
    column,
    search: '',
  }));
  const filter = [
    { column: 'source', values: ['s3', 's5'] },
    { column: 'rating', ranges: [[2, 4]] as const },
  ];
  const first = await cpuSeconds(() => tables.facets(db, query(), wanted));
  const again = await cpuSeconds(() => tables.facets(db, query({ filter }), wanted));
  const sorted = await cpuSeconds(() => tables.view(db, query({ filter, sort: { column: 'characters', down: true } })));
  db.close();
  const rowOf = (name: string, seconds: number): FacetTime => ({
    ...{ metric: 'facets_cpu_s', case: `${name}, ${ROWS} rows`, ours: Number(seconds.toFixed(2)) },
    ...{ peer: 'JSON.parse, lengths and labels', peerValue: Number(plain.toFixed(2)) },
    ratio: Number((plain / seconds).toFixed(2)),
  });
  return [
    rowOf('columns from stored rows', open),
    rowOf('five facets', first),
    rowOf('five facets of two filters', again),
    rowOf('two filters, sorted', sorted),
  ];
}

function manyRows(): Pick<StoredRow, 'row' | 'facts'>[] {
  const random = stream(1, 'facets');
  const word = (): string => WORDS[random.below(WORDS.length)]!;
  return Array.from({ length: ROWS }, () => ({
    row: Array.from({ length: 6 + random.below(12) }, word).join(' '),
    facts: { label: `l${random.below(100_000)}`, source: `s${random.below(12)}`, rating: random.below(5) },
  }));
}

/** Lengths in bins of ten, and labels, each in a map. */
function plainCounts(lines: readonly string[]): number {
  const [lengths, labels] = [new Map<number, number>(), new Map<string, number>()];
  for (const line of lines) {
    const { row, facts } = JSON.parse(line) as Pick<StoredRow, 'row' | 'facts'>;
    const bin = Math.floor(Array.from(row).length / 10);
    lengths.set(bin, (lengths.get(bin) ?? 0) + 1);
    const label = String(facts['label']);
    labels.set(label, (labels.get(label) ?? 0) + 1);
  }
  return lengths.size + [...labels].sort(([, a], [, b]) => b - a).length;
}

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
