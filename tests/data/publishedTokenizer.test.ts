import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PublishedTokenizer } from '../../src/data/publishedTokenizer';

interface Ids {
  texts: string[];
  ids: Record<string, number[][]>;
  withSpecial: Record<string, number[]>;
}
const read = (file: string): string =>
  readFileSync(new URL(`../fixtures/goldens/published/${file}`, import.meta.url), 'utf8');
const golden = JSON.parse(read('ids.json')) as Ids;
const open = (name: string): PublishedTokenizer => new PublishedTokenizer(read(`${name}.json`), 0);
const FAMILIES = ['gpt2', 'smollm2', 'qwen2', 'llama3', 'gemma'];

describe.each(FAMILIES)('a tokenizer in the shape of %s', (name) => {
  const tokenizer = open(name);

  test('ids are those of transformers for every string', () => {
    expect(golden.texts.length).toBeGreaterThan(300);
    const wrong = golden.texts.flatMap((text, i) => {
      const ids = [...tokenizer.encode(text)];
      return ids.join() === golden.ids[name]![i]!.join() ? [] : [{ text, ids, expected: golden.ids[name]![i] }];
    });
    expect(wrong).toEqual([]);
  });

  test('each token covers its bytes of the surface', () => {
    for (const text of golden.texts) {
      const { ids, offsets } = tokenizer.encodeWithOffsets(text);
      const surface = new TextEncoder().encode(tokenizer.surface(text));
      expect(offsets.at(-1), text).toBe(surface.length);
      ids.forEach((id, i) => expect(tokenizer.bytesOf(id)).toEqual(surface.slice(offsets[i], offsets[i + 1])));
      expect(tokenizer.decode(ids)).toBe(tokenizer.surface(text));
    }
  });

  test('special tokens that a text spells out are text where they are not asked for', () => {
    for (const special of tokenizer.specials) {
      const id = tokenizer.idOf(special)!;
      const text = `a${special}b${special}`;
      expect([...tokenizer.encode(text)].filter((t) => t === id)).toHaveLength(2);
      expect([...tokenizer.encode(text, { literal: [1] })].filter((t) => t === id)).toHaveLength(1);
      const plain = tokenizer.encode(text, { special: false });
      expect(plain).not.toContain(id);
      expect(tokenizer.decode(plain)).toBe(text);
      expect(tokenizer.decode([id], { skipSpecial: true })).toBe('');
    }
  });

  test('a lone surrogate is U+FFFD', () => {
    expect(tokenizer.encode('a\ud83d b')).toEqual(tokenizer.encode('a\ufffd b'));
  });
});

test('what the file puts around a text', () => {
  for (const name of FAMILIES) {
    const tokenizer = open(name);
    const { before, after } = tokenizer.around;
    expect([...before, ...tokenizer.encode('a word'), ...after]).toEqual(golden.withSpecial[name]);
  }
});

test.each([
  ['model.type', { model: { type: 'Unigram' } }],
  ['pre_tokenizer', { model: { type: 'BPE' }, pre_tokenizer: { type: 'Metaspace' } }],
  ['normalizer', { model: { type: 'BPE' }, normalizer: { type: 'Precompiled' } }],
])('another kind is refused by its field: %s', (field, json) => {
  expect(() => new PublishedTokenizer(JSON.stringify(json), 0)).toThrow(
    expect.objectContaining({ code: 'tokenizer-unsupported', facts: expect.objectContaining({ field }) as unknown }),
  );
});
