import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PublishedTokenizer } from '../../src/data/publishedTokenizer';
import { StreamingDecoder } from '../../src/data/tokenizer';

// Tokenizers in the shape of published ones, and the ids that Hugging Face's own library gives: tests/fixtures/tokenizer_goldens.py.

const FOLDER = new URL('../fixtures/tokenizers/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

interface Golden {
  texts: string[];
  ids: Record<string, number[][]>;
  plain: Record<string, Record<string, number[]>>;
}
const golden = JSON.parse(read('ids.json')) as Golden;
const utf8 = (text: string): number => new TextEncoder().encode(text).length;
/** As each normalises a text before it looks at it. Gemma writes spaces as ▁ and cannot tell the two apart. */
function normalised(name: string, text: string): string {
  if (name === 'gemma') return text.replaceAll('▁', ' ');
  return name === 'qwen2' ? text.normalize('NFC') : text;
}

describe.each(['gpt2', 'smollm', 'qwen2', 'llama3', 'gemma'])('a tokenizer like that of %s', (name) => {
  const tokenizer = new PublishedTokenizer(read(`${name}.json`), 0, name);

  test('gives the ids of the reference, with special tokens recognised', () => {
    expect(golden.texts.length).toBeGreaterThan(300);
    golden.texts.forEach((text, i) =>
      expect({ text, ids: [...tokenizer.encode(text)] }).toEqual({ text, ids: golden.ids[name]![i] }),
    );
  });

  test('and with none recognised, so that what a person wrote ends no turn', () => {
    for (const [text, ids] of Object.entries(golden.plain[name]!)) {
      const found = [...tokenizer.encode(text, { special: false })];
      expect({ text, ids: found }).toEqual({ text, ids });
      expect(found.some((id) => tokenizer.isSpecial(id))).toBe(false);
    }
  });

  test('knows the bytes of each token: offsets end where the text ends, and decoding gives the text back', () => {
    for (const text of golden.texts) {
      const { ids, offsets } = tokenizer.encodeWithOffsets(text);
      expect({ text, end: offsets[ids.length] }).toEqual({ text, end: utf8(normalised(name, text)) });
      expect(tokenizer.decode(ids)).toBe(normalised(name, text));
      const pieces = new StreamingDecoder(tokenizer);
      expect(Array.from(ids, (id) => pieces.push(id)).join('') + pieces.finish()).toBe(normalised(name, text));
    }
  });
});

test('a begin token is told where the post-processor puts one', () => {
  const llama = new PublishedTokenizer(read('llama3.json'), 1, 'llama3');
  expect(llama.beginId).toBe(llama.idOf('<|begin_of_text|>'));
  expect(new PublishedTokenizer(read('qwen2.json'), 0, 'qwen2').beginId).toBeUndefined();
});

test.each([
  ['model.type', { model: { type: 'WordPiece' } }],
  ['decoder', { decoder: { type: 'Metaspace' } }],
  ['decoder', { decoder: null }],
])('another %s is refused by name', (field, change) => {
  const file = { ...(JSON.parse(read('gpt2.json')) as { model: object }), ...change };
  if ('model' in change)
    file.model = { ...(JSON.parse(read('gpt2.json')) as { model: object }).model, ...change.model };
  expect(() => new PublishedTokenizer(JSON.stringify(file), 0, 'x')).toThrow(
    expect.objectContaining({ code: 'tokenizer-unsupported', facts: expect.objectContaining({ field }) as object }),
  );
});
