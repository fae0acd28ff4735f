import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { HoldoutPlanner } from '../../src/data/batches/holdout';
import { textRows } from '../../src/formats/text/rows';
import { textSourceOf } from '../../src/formats/text/textSource';
import { flat } from '../formats/helpers';
import { STARTER_FILE, starterCorpus } from '../../src/build/starterCorpus.mjs';

const text = starterCorpus();

/** Every `a sign b = c` in the text. */
const sums = [...text.matchAll(/(\d+) ([-+×÷]) (\d+) = (\d+)/g)].map(
  (m) => [Number(m[1]), m[2]!, Number(m[3]), Number(m[4])] as const,
);

describe('starter corpus', () => {
  test('the file is what the script writes', async () => {
    expect((await readFile(STARTER_FILE, 'utf8')) === text).toBe(true);
  });

  test('is large enough, half Chinese to the eye, and without doubles', async () => {
    expect(Buffer.byteLength(text)).toBeGreaterThan(300_000);
    const han = text.match(/\p{Script=Han}/gu)!.length;
    const latin = text.match(/[a-z]+/gi)!.length;
    expect(han).toBeGreaterThan(0.3 * latin);
    expect(latin).toBeGreaterThan(20_000);
    const read = await flat(textRows(textSourceOf(new Blob([text]), 'starter.txt'), 'txt'));
    const rows = read.map(({ row }) => row);
    expect(rows.join('\n\n')).toBe(text.trimEnd());
    expect(new Set(rows).size).toBe(rows.length);
    const planner = new HoldoutPlanner(1, 0.1);
    rows.forEach((row) => planner.see(row));
    expect(planner.plan().distinctValidation).toBe(Math.round(rows.length / 10));
  });

  test('every sum in it is right', () => {
    expect(sums.length).toBeGreaterThan(500);
    const result = {
      '+': (a: number, b: number) => a + b,
      '-': (a: number, b: number) => a - b,
      '×': (a: number, b: number) => a * b,
      '÷': (a: number, b: number) => a / b,
    };
    for (const [a, sign, b, c] of sums)
      expect([a, sign, b, c]).toEqual([a, sign, b, result[sign as keyof typeof result](a, b)]);
  });

  test('no template shows through', () => {
    expect(text).not.toMatch(/undefined|NaN|[{}$]|\[object| {2}|[，。]{2}| an? [“”]/);
    expect(text).not.toMatch(/\ba [aeiou]\w+ (girl|boy|mouse|owl)\b/);
    expect(text).not.toMatch(/(?<!十)二(个|本|支|张|元)/);
  });
});
