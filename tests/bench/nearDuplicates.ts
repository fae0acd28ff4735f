import { stream } from '../../src/base/numbers/rng';
import { Similarity } from '../../src/data/clean/near/similarity';
import { HASHES } from '../../src/data/clean/near/sketch';

const ROWS = 100_000;
const WORDS = 100;
/** Plain hashing is measured on so many rows. */
const PEER_ROWS = 2000;
const SHINGLE = 5;

/**
 * Rows per second of this process, of all of it: folding, sketches, bands, exact similarities, groups. Beside it the
 * sketches alone as plain MinHash makes them, by 126 functions on each shingle, for no package in JavaScript does all.
 */
export async function measureNearDuplicates() {
  const rows = rowsWithCopies();
  const similarity = new Similarity();
  const found = { groups: 0 };
  const ours = await cpuSeconds(async () => {
    for (const row of rows) similarity.add(row);
    found.groups = (await similarity.find()).groups(0.7).length;
  });
  const peer = await cpuSeconds(async () => rows.slice(0, PEER_ROWS).forEach(plainSketch));
  const rate = (count: number, seconds: number): number => Math.round(count / seconds);
  const [own, plain] = [rate(ROWS, ours), rate(PEER_ROWS, peer)];
  return [
    {
      ...{ metric: 'near_duplicates_rows_per_cpu_s', case: `${ROWS} rows of ${WORDS} words, ${found.groups} groups` },
      ...{
        ours: own,
        peer: 'plain MinHash, sketches alone',
        peerValue: plain,
        ratio: Number((own / plain).toFixed(2)),
      },
      seconds: Number(ours.toFixed(1)),
    },
  ];
}

/** Words by Zipf's law; a tenth of the rows are another one with three words changed. */
function rowsWithCopies(): string[] {
  const random = stream(1, 'near-duplicates');
  const letters = 'etaoinshrdlucmfwypvbgkjqxz';
  const letter = (): string => letters[Math.floor(26 * random.next() ** 2)]!;
  const words = Array.from({ length: 20_000 }, (_, rank) =>
    Array.from({ length: 2 + Math.floor(Math.log2(rank + 2) / 2) + random.below(3) }, letter).join(''),
  );
  const word = (): string => words[Math.floor(Math.exp(random.next() * Math.log(words.length))) - 1] ?? words[0]!;
  const rows: string[] = [];
  while (rows.length < ROWS) {
    const copied = rows.length > 0 && random.next() < 0.1 ? rows[random.below(rows.length)]!.split(' ') : undefined;
    if (copied) for (let i = 0; i < 3; i++) copied[random.below(WORDS)] = word();
    rows.push((copied ?? Array.from({ length: WORDS }, word)).join(' '));
  }
  return rows;
}

function plainSketch(row: string): Uint32Array {
  const least = new Uint32Array(HASHES).fill(0xffffffff);
  for (let at = 0; at + SHINGLE <= row.length; at++) {
    let shingle = 0;
    for (let i = at; i < at + SHINGLE; i++) shingle = Math.imul(shingle ^ row.charCodeAt(i), 0x01000193);
    for (let i = 0; i < HASHES; i++) {
      const hash = (Math.imul(shingle ^ (shingle >>> 15), MULTIPLIERS[i]!) + i) >>> 0;
      if (hash < least[i]!) least[i] = hash;
    }
  }
  return least;
}
const MULTIPLIERS = Uint32Array.from({ length: HASHES }, (_, i) => Math.imul(2 * i + 1, 0x9e3779b1) | 1);

async function cpuSeconds(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
