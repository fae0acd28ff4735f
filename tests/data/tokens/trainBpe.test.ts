import { describe, expect, test } from 'vitest';
import type { Progress } from '../../../src/base/wire/events';
import { stream } from '../../../src/base/numbers/rng';
import { BYTE_SYMBOLS, END_TOKEN } from '../../../src/base/tokenizerModel';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { trainBpe } from '../../../src/data/tokens/trainBpe';
import { trainCharacters } from '../../../src/data/tokens/trainCharacters';
import { forEachWord } from '../../../src/data/tokens/pretokenize';
import { PriorityQueue } from '../../../src/data/tokens/priorityQueue';
import { PairTable } from '../../../src/data/tokens/pairTable';

/** The definition of BPE, without any of its short cuts: recount every pair after each merge. */
function plainBpe(rows: string[], vocabSize: number): string[] {
  const vocab = [END_TOKEN, ...BYTE_SYMBOLS];
  const words: number[][] = [];
  for (const row of rows) {
    forEachWord(row, false, (w) => words.push(Array.from(new TextEncoder().encode(w), (b) => b + 1)));
  }
  const spelled = new Set(vocab);
  while (vocab.length < vocabSize) {
    const counts = new Map<string, number>();
    for (const w of words) {
      w.slice(1).forEach((right, i) => counts.set(`${w[i]} ${right}`, (counts.get(`${w[i]} ${right}`) ?? 0) + 1));
    }
    const ranked = [...counts]
      .map(([pair, n]) => [...pair.split(' ').map(Number), n] as [number, number, number])
      .filter(([l, r, n]) => n >= 2 && !spelled.has(vocab[l]! + vocab[r]!))
      .sort((a, b) => b[2] - a[2] || a[0] - b[0] || a[1] - b[1]);
    const best = ranked[0];
    if (!best) break;
    const id = vocab.push(vocab[best[0]]! + vocab[best[1]]!) - 1;
    spelled.add(vocab[id]!);
    for (const w of words) {
      for (let i = 0; i + 1 < w.length; i++) if (w[i] === best[0] && w[i + 1] === best[1]) w.splice(i, 2, id);
    }
  }
  return vocab;
}

function randomRows(seed: number): string[] {
  const random = stream(seed, 'rows');
  const alphabet = ['a', 'b', 'aa', 'ab', ' ', 'é', '汉字', "'s", '!!', '7'];
  return Array.from({ length: 30 }, () =>
    Array.from({ length: 1 + random.below(30) }, () => alphabet[random.below(alphabet.length)]!).join(''),
  );
}

describe('trainBpe', () => {
  test.each([1, 2, 3, 4])('merges are those of the plain definition (seed %i)', async (seed) => {
    const rows = randomRows(seed);
    expect((await trainBpe(rows, 330)).vocab).toEqual(plainBpe(rows, 330));
  });

  test('tokens written with the merges reach the trained vocabulary', async () => {
    const rows = randomRows(9);
    const model = await trainBpe(rows, 300);
    const tokenizer = new OwnTokenizer(model);
    const used = new Set(rows.flatMap((r) => [...tokenizer.encode(r)]));
    expect([...used].some((id) => id > 290)).toBe(true);
    expect(rows.map((r) => tokenizer.decode(tokenizer.encode(r)))).toEqual(rows);
  });

  test('a small text gives fewer tokens than asked', async () => {
    const model = await trainBpe(['ab ab'], 5000);
    expect(model.vocab.slice(257)).toEqual(['ab']);
  });

  test('the order of rows does not matter', async () => {
    const rows = randomRows(11);
    expect(await trainBpe([...rows].reverse(), 320)).toEqual(await trainBpe(rows, 320));
  });

  test('a long run without spaces is counted in parts', async () => {
    const model = await trainBpe(['汉字'.repeat(1000)], 400);
    expect(new OwnTokenizer(model).encode('汉字'.repeat(16)).length).toBeLessThan(16);
  });

  test('refusals', async () => {
    await expect(trainBpe(['a'], 256)).rejects.toMatchObject({ code: 'vocabulary-small', facts: { least: 257 } });
    await expect(trainBpe([], 300)).rejects.toMatchObject({ code: 'vocabulary-text' });
    await expect(trainCharacters([''])).rejects.toMatchObject({ code: 'vocabulary-text' });
  });

  test('cancel arrives while it works, and progress is told', async () => {
    const stop = new AbortController();
    const seen: Progress[] = [];
    function* endless(): Generator<string> {
      for (let i = 0; ; i++) yield `row ${i} of many`;
    }
    const onProgress = (p: Progress): void => {
      seen.push(p);
      if (seen.length === 2) stop.abort();
    };
    const options = { onProgress, signal: stop.signal, totalRows: 7 };
    await expect(trainBpe(endless(), 300, options)).rejects.toMatchObject({ code: 'cancelled' });
    await expect(trainCharacters(endless(), options)).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen[1]).toMatchObject({ phase: 'counting', total: 7, unit: 'rows' });
    expect(seen[1]!.done).toBeGreaterThan(seen[0]!.done);
  });
});

test('words together are the text, with digits apart or not', () => {
  const text = "It's 2024,\n\n  x²  and\u00a0more…  ";
  for (const digits of [false, true]) {
    const words: string[] = [];
    forEachWord(text, digits, (w) => words.push(w));
    expect(words.join('')).toBe(text);
    expect(words.includes(' 2024')).toBe(!digits);
    expect(words.includes('2')).toBe(digits);
  }
});

test('characters are sorted after the end and the unknown token', async () => {
  const model = await trainCharacters(['b😀a', 'a汉']);
  expect(model.vocab).toEqual([END_TOKEN, '<unk>', '\n', 'a', 'b', '汉', '😀']);
});

test('heap: pops in order', () => {
  const random = stream(1, 'heap');
  const queue = new PriorityQueue<number>((a, b) => a < b);
  const items = Array.from({ length: 501 }, () => random.below(100));
  items.forEach((i) => queue.push(i));
  expect(items.map(() => queue.pop())).toEqual([...items].sort((a, b) => a - b));
  expect(queue.pop()).toBeUndefined();
});

test('pair table: a map of pairs, through its growth', () => {
  const random = stream(2, 'table');
  const table = new PairTable();
  const map = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    const [l, r] = [random.below(70), random.below(70)];
    table.set(l, r, i);
    map.set(`${l} ${r}`, i);
  }
  expect(table.size).toBe(map.size);
  for (let l = 0; l < 71; l++) for (let r = 0; r < 71; r++) expect(table.get(l, r)).toBe(map.get(`${l} ${r}`) ?? -1);
});
