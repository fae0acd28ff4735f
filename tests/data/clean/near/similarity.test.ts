import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { foldText } from '../../../../src/data/clean/near/foldedText';
import { Similarity } from '../../../../src/data/clean/near/similarity';
import { jaccardOf, plantNearDuplicates, type PlantedKind } from '../planted';

const found = async (rows: readonly string[]) => {
  const similarity = new Similarity();
  for (const row of rows) similarity.add(row);
  return { similar: await similarity.find(), verified: similarity.verified };
};
const name = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;

test('the pairs of datasketch, each with its exact similarity', async () => {
  const path = new URL('../../../fixtures/goldens/near_duplicates.json', import.meta.url);
  const { threshold, rows, pairs } = JSON.parse(readFileSync(path, 'utf8')) as {
    threshold: number;
    rows: string[];
    pairs: [number, number, number][];
  };
  const { similar } = await found(rows);
  const folded = rows.map(foldText);
  const sameAs = (row: number) => folded.flatMap((other, i) => (other === folded[row] ? [i] : []));
  const all = new Map<string, number>();
  for (let row = 0; row < rows.length; row++) for (const i of sameAs(row)) if (i > row) all.set(name(row, i), 1);
  for (const { a, b, similarity } of similar.pairsFrom(threshold))
    for (const i of sameAs(a)) for (const j of sameAs(b)) all.set(name(i, j), similarity);
  expect([...all.keys()].sort()).toEqual(pairs.map(([a, b]) => name(a, b)).sort());
  for (const [a, b, similarity] of pairs) expect(all.get(name(a, b))).toBeCloseTo(similarity, 12);
});

describe('planted near-duplicates', () => {
  const KINDS: [PlantedKind, most: number][] = [
    ['long', 0.85],
    ['short', 0.9],
    ['chinese', 0.87],
  ];
  test.each(KINDS)('%s rows: recall at 0.8 and precision over seeds', async (kind, most) => {
    let [planted, hit, given, right] = [0, 0, 0, 0];
    for (let seed = 0; seed < 8; seed++) {
      const { rows, pairs } = plantNearDuplicates(seed, kind, 250, [0.8, most]);
      const got = (await found(rows)).similar.pairsFrom(0.8);
      const names = new Set(got.map(({ a, b }) => name(a, b)));
      planted += pairs.length;
      hit += pairs.filter(({ a, b }) => names.has(name(a, b))).length;
      given += got.length;
      right += got.filter(({ a, b }) => jaccardOf(rows[a]!, rows[b]!) >= 0.8).length;
    }
    console.log(`near-duplicates, ${kind}: recall ${hit}/${planted}, precision ${right}/${given}`);
    expect(planted).toBeGreaterThan(400);
    expect(hit / planted).toBeGreaterThanOrEqual(0.99);
    expect(right).toBe(given);
  });
});

test('a row of 58 characters and one of 62 are compared in the same shingles', async () => {
  const row = 'please send the invoice of march to the new office in berlin';
  const [shorter, longer] = [row.slice(0, 58), `${row}, do`];
  expect([shorter.length, longer.length]).toEqual([58, 64]);
  const { similar } = await found([shorter, longer]);
  expect(similar.pairsFrom(0.6)).toEqual([{ a: 0, b: 1, similarity: jaccardOf(shorter, longer) }]);
});

test('case, blanks and compatibility forms make no difference; empty rows repeat nothing', async () => {
  const { similar } = await found(['', 'Ａ  Ｂ\tc ', ' \n', 'a b C', 'x', '']);
  expect(similar.groups(1)).toEqual([[1, 3]]);
  expect(similar.leftOut(1)).toBe(1);
});

test('characters of two UTF-16 units count as one', async () => {
  const row = '😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😚😙';
  const { similar } = await found([row, row.replace('😇', '😈')]);
  expect(similar.pairsFrom(0.6)[0]!.similarity).toBe(15 / 21);
});

test('the live count of a threshold is that of its groups, whichever is asked for', async () => {
  const { rows } = plantNearDuplicates(5, 'chinese', 300, [0.6, 0.95]);
  const { similar } = await found([...rows, ...rows.slice(0, 20)]);
  const counts = [0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1].map((threshold) => {
    const extra = similar.groups(threshold).reduce((sum, { length }) => sum + length - 1, 0);
    expect(similar.leftOut(threshold)).toBe(extra);
    return extra;
  });
  expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  expect(counts[0]).toBeGreaterThan(counts.at(-1)!);
  expect(counts.at(-1)).toBe(20);
});

test('thousands of rows from one template are one group, and the work grows with the rows', async () => {
  const rows = Array.from(
    { length: 600 },
    (_, i) => `Dear customer, your order number ${i * 7919} has left our warehouse and will reach you in three days.`,
  );
  const { similar, verified } = await found(rows);
  expect(similar.groups(0.7).map(({ length }) => length)).toEqual([600]);
  expect(verified).toBeLessThan(20 * rows.length);
});

test('a cancel is heard', async () => {
  const similarity = new Similarity();
  for (let i = 0; i < 6000; i++) similarity.add(`row ${i} of rows that are much alike ${i % 7}`);
  await expect(similarity.find(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
});
