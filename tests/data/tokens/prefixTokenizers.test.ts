// Tokenizers that put in, take out or lack characters: ids, texts and loss masks as the reference has them. The classes
// under test are src/data/tokens/pretrainedTokenizer.ts and what it is made of, with src/data/chat/gradedRow.ts.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/base/conversation';
import { ChatTemplate } from '../../../src/data/chat/chatTemplate';
import { conversationRow } from '../../../src/data/chat/gradedRow';
import { PretrainedTokenizer } from '../../../src/data/tokens/pretrainedTokenizer';
import { TextStream } from '../../../src/data/tokens/tokenizer';
import { checkPretrainedTokenizer } from '../../../src/formats/huggingFace/pretrainedTokenizerJson';

// Tokenizers and goldens of Hugging Face's own library: tests/fixtures/prefix_tokenizers.py.

interface Golden {
  templates: Record<string, string>;
  /** Text, ids, ids with no special token recognised, and what the ids decode to. */
  cases: [string, number[], number[], string][];
  rows: { template: string; messages: Message[]; ids: number[]; mask: number[] }[];
}
const FOLDER = new URL('../../fixtures/tokenizers/prefix/', import.meta.url);
const bytesOf = (file: string): Buffer => readFileSync(new URL(file, FOLDER));

const NAMES = [
  ...['llama2', 'llama2-first', 'llama2-always', 'llama2-split', 'llama2-unknown', 'metaspace', 'lacking'],
  ...['prefix', 'prefix-digits', 'nfkc', 'nfd', 'punctuation', 'stripped', 'blanks', 'raw'],
  ...['whitespace', 'bert', 'splits', 'lacking-bytes'],
];

describe.each(NAMES)('a tokenizer of the kind %s', (name) => {
  const json = bytesOf(`${name}.json`).toString('utf8');
  const tokenizer = new PretrainedTokenizer(json, 2, name);
  const golden = JSON.parse(gunzipSync(bytesOf(`${name}.golden.json.gz`)).toString('utf8')) as Golden;

  /** The cases for which a check fails. */
  const failing = (check: (found: Golden['cases'][number]) => readonly [unknown, unknown]) =>
    golden.cases
      .map((found) => [found[0], ...check(found)] as const)
      .filter(([, found, wanted]) => JSON.stringify(found) !== JSON.stringify(wanted));

  test('is let in', () => {
    expect(() => checkPretrainedTokenizer(json, name)).not.toThrow();
  });

  test('gives the ids of the reference', () => {
    expect(failing(([text, ids]) => [[...tokenizer.encode(text)], ids])).toEqual([]);
  });

  test('and with no special token recognised', () => {
    expect(failing(([text, , ids]) => [[...tokenizer.encode(text, { special: false })], ids])).toEqual([]);
  });

  test('decodes as the reference, whole and token by token', () => {
    const whole = ([, ids, , decoded]: Golden['cases'][number]) => [tokenizer.decode(ids), decoded] as const;
    expect(failing(whole)).toEqual([]);
    const streamed = ([, ids, , decoded]: Golden['cases'][number]) => {
      const pieces = new TextStream(tokenizer);
      return [ids.map((id) => pieces.push(id)).join('') + pieces.finish(), decoded] as const;
    };
    expect(failing(streamed)).toEqual([]);
  });

  test('places tokens in order, within the text', () => {
    for (const [text] of golden.cases) {
      const { ids, starts, ends } = tokenizer.encodeWithPlaces(text);
      expect([text, ...ids]).toEqual([text, ...tokenizer.encode(text)]);
      const sound = starts.every((at, i) => at <= ends[i]! && ends[i]! <= text.length && at >= (starts[i - 1] ?? 0));
      expect([text, sound]).toEqual([text, true]);
    }
  });

  test.each(golden.rows)('grades what the reference grades: $template $messages.0.content', (row) => {
    const template = new ChatTemplate(golden.templates[row.template]!, { bos_token: '<s>', eos_token: '</s>' });
    const { ids, weights } = conversationRow(row.messages, template, tokenizer);
    const shown = (tokens: ArrayLike<number>, graded: ArrayLike<number>): string[] =>
      Array.from(tokens, (id, i) => (graded[i] ? `[${tokenizer.show(id).text}]` : tokenizer.show(id).text));
    expect([...ids]).toEqual(row.ids);
    // the reference gives what it leaves out no length, and so places all that follows too early
    if (!name.startsWith('lacking')) expect(shown(ids, weights)).toEqual(shown(row.ids, row.mask));
  });
});

test('tokens keep their places where characters are left out', () => {
  const lacking = new PretrainedTokenizer(bytesOf('lacking.json').toString('utf8'), 2, 'lacking');
  const text = '漢The 漢ca漢t 漢';
  const { ids, starts, ends } = lacking.encodeWithPlaces(text);
  const words = Array.from(ids, (id, i) => [lacking.show(id).text.trim(), text.slice(starts[i], ends[i])]);
  for (const [word, place] of words) expect(place!.replaceAll('漢', '').trim().toLowerCase()).toBe(word);
  expect(words.map(([word]) => word).join('')).toBe('thecat');
});

test('the blank before the first words is dropped once, and kept where a text goes on', () => {
  const llama = new PretrainedTokenizer(bytesOf('llama2.json').toString('utf8'), 2, 'llama2');
  const ids = llama.encode('one two');
  expect(llama.decode(ids)).toBe('one two');
  expect(llama.decode(ids, { continues: true })).toBe(' one two');
  expect(llama.decode([llama.idOf('<s>')!, ...ids], { skipSpecial: true })).toBe('one two');
});
