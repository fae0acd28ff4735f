import { Tokenizer as Peer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import { BYTE_SYMBOLS, END_TOKEN, type TokenizerModel } from '../../../src/base/tokenizerModel';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import { TextStream } from '../../../src/data/tokens/tokenizer';
import { trainBpe } from '../../../src/data/tokens/trainBpe';
import { trainCharacters } from '../../../src/data/tokens/trainCharacters';
import {
  readTokenizerJson,
  writeTokenizerConfig,
  writeTokenizerJson,
} from '../../../src/formats/huggingFace/tokenizerJson';

const CORPUS = [
  'The little fox ran to the river, and the river sang to the fox. They’ve been friends since 1999; isn’t it nice?',
  '从前有一只小狐狸，它每天都到河边去。河水对狐狸唱歌，狐狸也对河水唱歌。',
  'for (let i = 0; i < 10; i++) {\n\tconsole.log(`row ${i}`);\n}\n\n    return null;',
  '12 + 30 = 42, 3.14159, 1,000,000 and ٣٤٥',
  'مرحبا بالعالم — ça va très bien, naïve café 😀👩‍👩‍👧 the the the the',
];

const STRINGS = [
  ...CORPUS,
  '',
  ' ',
  '   leading and trailing   ',
  'tabs\t\tand\n\n\nlines \n x\r\n  y',
  "it's we're I'll he'd they've I'm DON'T 'tis rock'n'roll",
  'emoji 😀😃👍🏽👩‍👩‍👧‍👦🇨🇳 flags',
  '你好，世界！今天天气怎么样？𠮷野家',
  'سلام דְּבָרִים हिन्दी ภาษาไทย 한국어',
  'e\u0301 vs é, a\u0308\u0323',
  'x'.repeat(300) + 'the'.repeat(200),
  '汉'.repeat(150),
  'zero\u200bwidth nb\u00a0space \u3000ideographic',
  `a${END_TOKEN}b ${END_TOKEN}${END_TOKEN} c <|endoftext <unk> |>`,
  '¼ ² ⅷ ①② 12³',
  '\u0000\u0001control\u007f',
  '__proto__ constructor toString',
  '!!!???...—–… «quotes» “curly”',
];

const peerOf = (model: TokenizerModel): Peer =>
  new Peer(JSON.parse(writeTokenizerJson(model)) as object, JSON.parse(writeTokenizerConfig(model, 64)) as object);

/** Random text from pieces that are hard for a tokenizer. */
function randomText(n: number): string {
  const random = stream(5, 'text', n);
  const pieces = [
    ' ',
    '  ',
    '\n',
    "'s",
    "'",
    'the',
    'fox',
    '小',
    '狐狸',
    '7',
    '42',
    '😀',
    '\u0301',
    'é',
    END_TOKEN,
    '<|',
    ',',
    'ـ',
    'Ω',
    '_',
  ];
  return Array.from({ length: random.below(40) }, () => pieces[random.below(pieces.length)]!).join('');
}

const models: [string, () => Promise<TokenizerModel>][] = [
  ['characters', () => trainCharacters(CORPUS)],
  ['BPE of bytes alone', () => trainBpe(CORPUS, 257)],
  ['BPE', () => trainBpe(CORPUS, 400)],
  ['BPE with digits apart', async () => ({ ...(await trainBpe(CORPUS, 330)), splitDigits: true })],
];

describe.each(models)('%s', (name, make) => {
  test('tokenizer.json loads in @huggingface/tokenizers to the same ids', async () => {
    const model = await make();
    const ours = new OwnTokenizer(model);
    const peer = peerOf(model);
    const texts = [...STRINGS, ...Array.from({ length: 300 }, (_, n) => randomText(n))];
    for (const text of texts) expect([text, ...ours.encode(text)]).toEqual([text, ...peer.encode(text).ids]);
  });

  test('tokenizer.json reads back to the same value', async () => {
    const model = await make();
    expect(readTokenizerJson(writeTokenizerJson(model), 't')).toEqual(model);
  });

  test('places every token at its characters', async () => {
    const tokenizer = new OwnTokenizer(await make());
    for (const text of STRINGS) {
      const { ids, starts, ends } = tokenizer.encodeWithPlaces(text);
      expect(ids).toEqual(tokenizer.encode(text));
      expect([starts[0] ?? 0, ends.at(-1) ?? 0]).toEqual([0, text.length]);
      // a token begins where the one before ends, or within its last character
      for (let i = 1; i < ids.length; i++) {
        const last = text.slice(0, ends[i - 1]).at(-1)!;
        expect([0, 1, 2].map((back) => ends[i - 1]! - back)).toContain(starts[i]);
        if (starts[i] !== ends[i - 1]) expect(utf8(last) === 1).toBe(false);
        expect(ends[i]).toBeGreaterThan(starts[i]!);
      }
    }
  });

  test('decodes as the peer does, whole and as a stream', async () => {
    const model = await make();
    const tokenizer = new OwnTokenizer(model);
    const peer = peerOf(model);
    for (const text of STRINGS.filter(Boolean)) {
      const ids = [...tokenizer.encode(text)];
      const decoded = tokenizer.decode(ids);
      if (name !== 'characters') expect(decoded).toBe(text);
      expect(decoded).toBe(peer.decode(ids));
      const stream = new TextStream(tokenizer);
      let streamed = '';
      for (const id of ids) {
        const piece = stream.push(id);
        expect(piece).not.toContain('\uFFFD');
        streamed += piece;
      }
      expect(streamed + stream.finish()).toBe(decoded);
    }
  });
});

describe('tokenizer', () => {
  test('special tokens can be left out; ids beyond the vocabulary give nothing', async () => {
    const tokenizer = new OwnTokenizer(await trainBpe(CORPUS, 300));
    const ids = [0, ...tokenizer.encode('fox'), 0, 9999];
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('fox');
    expect(tokenizer.decode(ids)).toBe(`${END_TOKEN}fox${END_TOKEN}`);
  });

  test('bytes that make no character are left out where only characters are wanted', async () => {
    const t = new OwnTokenizer(await trainBpe(['水'], 300));
    const bytes = [...new TextEncoder().encode('水'), 0xe6, 0x41, 0x03, 0x0a, 0xff, 0xe6];
    const ids = bytes.map((byte) =>
      Array.from({ length: t.vocabSize }, (_, id) => id).find((id) => {
        const own = t.bytesOf(id);
        return own?.length === 1 && own[0] === byte;
      })!,
    );
    const stream = new TextStream(t, { charactersOnly: true });
    expect(ids.map((id) => stream.push(id)).join('') + stream.finish()).toBe('水A\n');
  });

  test('an unfinished character shows as bytes, and as U+FFFD at the end', async () => {
    const tokenizer = new OwnTokenizer(await trainBpe(['abc'], 257));
    const [first, second] = tokenizer.encode('汉');
    expect(tokenizer.show(first!)).toEqual({ id: first, text: 'E6', partial: true, bytes: 1 });
    expect(tokenizer.show(98)).toEqual({ id: 98, text: 'a', partial: false, bytes: 1 });
    const stream = new TextStream(tokenizer);
    expect(stream.push(first!) + stream.push(second!)).toBe('');
    expect(stream.finish()).toBe('\uFFFD');
  });

  test('unknown characters become the unknown token, each one', async () => {
    const tokenizer = new OwnTokenizer(await trainCharacters(['ab']));
    expect([...tokenizer.encode('a😀汉b\n')]).toEqual([3, 1, 1, 4, 2]);
  });

  test('long words are merged as short ones are: the leftmost pair of lowest rank first', () => {
    const ids = new Map(BYTE_SYMBOLS.map((s, i) => [s, i]));
    const a = ids.get('a')!;
    const vocab = [...BYTE_SYMBOLS, 'aa', 'aab', END_TOKEN];
    const merges: [number, number][] = [
      [a, a],
      [256, ids.get('b')!],
    ];
    const model: TokenizerModel = { kind: 'bpe', vocab, merges, added: [], endId: 258 };
    const tokenizer = new OwnTokenizer(model);
    expect([...tokenizer.encode('aaab')]).toEqual([256, a, ids.get('b')!]);
    expect([...tokenizer.encode('aaab'.repeat(20))]).toEqual(
      Array.from({ length: 20 }, () => [256, a, ids.get('b')!]).flat(),
    );
  });

  test('both spellings of merges are read', async () => {
    const model = await trainBpe(CORPUS, 300);
    const json = JSON.parse(writeTokenizerJson(model)) as { model: { merges: string[][] } };
    const spelled = { ...json, model: { ...json.model, merges: json.model.merges.map((m) => m.join(' ')) } };
    expect(readTokenizerJson(JSON.stringify(spelled), 't')).toEqual(model);
  });

  test('another end token is found by name or by id', async () => {
    const model = await trainBpe(CORPUS, 300);
    const other: TokenizerModel = {
      ...model,
      vocab: [...model.vocab, '</s>'],
      added: [...model.added, { id: 300, content: '</s>', special: true }],
    };
    const json = writeTokenizerJson(other);
    expect(readTokenizerJson(json, 't').endId).toBe(0);
    expect(readTokenizerJson(json, 't', '</s>').endId).toBe(300);
    expect(readTokenizerJson(json, 't', 300).endId).toBe(300);
    expect(() => readTokenizerJson(json, 't', '<eos>')).toThrow(
      expect.objectContaining({ code: 'tokenizer-without-end' }),
    );
  });
});

const utf8 = (text: string): number => new TextEncoder().encode(text).length;
