import { readFileSync } from 'node:fs';
import { crc32, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PretrainedTokenizer } from '../../../src/data/tokens/pretrainedTokenizer';
import { TextStream, type PlacedTokens } from '../../../src/data/tokens/tokenizer';

// Tokenizers in the shape of published ones, and what Hugging Face's own library makes of 2,000 texts:
// tests/fixtures/tokenizer_goldens.py.

const FOLDER = new URL('../../fixtures/tokenizers/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');
const TEXTS = JSON.parse(
  gunzipSync(readFileSync(new URL('texts.json.gz', FOLDER))).toString('utf8'),
) as readonly string[];

/** Checksums of the library's ids, places, ids with nothing special, and text of the ids, reversed but for Gemma. */
function goldensOf(name: string): (text: number, what: 0 | 1 | 2 | 3) => number {
  const file = readFileSync(new URL(`${name}.crc`, FOLDER));
  expect(file.length).toBe(16 * TEXTS.length);
  return (text, what) => file.readUInt32LE(16 * text + 4 * what);
}
const crcOf = (values: Iterable<number>): number => crc32(new Uint8Array(Uint32Array.from(values).buffer));

/** As each normalises a text before it looks at it. Gemma writes spaces as ▁ and cannot tell the two apart. */
function normalised(name: string, text: string): string {
  if (name === 'gemma') return text.replaceAll('▁', ' ');
  return name === 'qwen2' ? text.normalize('NFC') : text;
}

/** Where each token begins and ends, in characters: the bytes of one character share its place. */
function placesOf(text: string, { starts, ends }: PlacedTokens): number[] {
  const characterAt: number[] = []; // of each unit, and of the end
  for (const [i, character] of Array.from(text).entries())
    for (let unit = 0; unit < character.length; unit++) characterAt.push(i);
  characterAt.push(Array.from(text).length);
  return Array.from(starts).flatMap((start, i) => [characterAt[start]!, characterAt[ends[i]!]!]);
}

/** The numbers of the texts for which a check fails, with the first of them: `tokenizer_goldens.py show` tells more. */
function expectAll(check: (text: string, i: number) => boolean): void {
  const failed = TEXTS.flatMap((text, i) => (check(text, i) ? [] : [i]));
  expect({ failed, first: TEXTS[failed[0]!] }).toEqual({ failed: [], first: undefined });
}

describe.each(['gpt2', 'smollm', 'qwen2', 'llama3', 'gemma'])('a tokenizer like that of %s', (name) => {
  const tokenizer = new PretrainedTokenizer(read(`${name}.json`), 0, name);
  const golden = goldensOf(name);

  test('gives the ids of the reference for 2,000 texts, with special tokens recognised', () => {
    expect(TEXTS.length).toBe(2000);
    expectAll((text, i) => crcOf(tokenizer.encode(text)) === golden(i, 0));
  });

  test('and with none recognised, so that what a person wrote ends no turn', () => {
    expectAll((text, i) => {
      const ids = tokenizer.encode(text, { special: false });
      return crcOf(ids) === golden(i, 2) && !ids.some((id) => tokenizer.isSpecial(id));
    });
  });

  test('places every token where the reference does', () => {
    expectAll((text, i) => {
      const spelled = name === 'gemma' ? text : normalised(name, text); // ▁ is its own length, and other tokens
      const placed = tokenizer.encodeWithPlaces(spelled);
      // where a mark meets a special token, NFC of parts is not that of the whole: no places in the golden
      const same = crcOf(placed.ids) === golden(i, 0);
      return crcOf(same ? placesOf(spelled, placed) : []) === golden(i, 1);
    });
  });

  test('decodes to the text, whole and token by token, and bytes out of place to what the reference makes of them', () => {
    expectAll((text, i) => {
      const ids = tokenizer.encode(text);
      const pieces = new TextStream(tokenizer);
      const streamed = Array.from(ids, (id) => pieces.push(id)).join('') + pieces.finish();
      const turned = tokenizer.decode(name === 'gemma' ? ids : [...ids].reverse());
      return (
        tokenizer.decode(ids) === normalised(name, text) &&
        streamed === normalised(name, text) &&
        crc32(turned) === golden(i, 3)
      );
    });
  });
});

test('a begin token is told where the post-processor puts one', () => {
  const llama = new PretrainedTokenizer(read('llama3.json'), 1, 'llama3');
  expect(llama.beginId).toBe(llama.idOf('<|begin_of_text|>'));
  expect(new PretrainedTokenizer(read('qwen2.json'), 0, 'qwen2').beginId).toBeUndefined();
});

test.each([
  ['model.type', { model: { type: 'WordPiece' } }],
  ['decoder', { decoder: { type: 'WordPiece' } }],
  ['decoder.replacement', { decoder: { type: 'Metaspace', replacement: '_' } }],
  ['decoder', { decoder: null }],
])('another %s is refused by name', (field, change) => {
  const file = { ...(JSON.parse(read('gpt2.json')) as { model: object }), ...change };
  if ('model' in change)
    file.model = { ...(JSON.parse(read('gpt2.json')) as { model: object }).model, ...change.model };
  expect(() => new PretrainedTokenizer(JSON.stringify(file), 0, 'x')).toThrow(
    expect.objectContaining({ code: 'tokenizer-unsupported', facts: expect.objectContaining({ field }) as object }),
  );
});
