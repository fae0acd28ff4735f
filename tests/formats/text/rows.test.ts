import { describe, expect, test } from 'vitest';
import { textRows } from '../../../src/formats/text/rows';
import { decodeText } from '../../../src/formats/text/textFile';
import { linesOf } from '../../../src/formats/text/lines';
import { paragraphs } from '../../../src/formats/text/plainText';
import { jsonlRows } from '../../../src/formats/text/jsonl';
import { all, fileOf, flat, inChunks, utf16, utf8 } from '../helpers';

const decode = async (bytes: Uint8Array, size: number): Promise<string> =>
  (await all(decodeText(inChunks(bytes, size), 'a.txt'))).join('');

const SAMPLE = 'aé汉😀\r\nz\uFEFF́ ۴ line\n';

describe('decodeText', () => {
  const cases: [string, Uint8Array][] = [
    ['UTF-8', utf8(SAMPLE)],
    ['UTF-8 with mark', utf8('\uFEFF' + SAMPLE)],
    ['UTF-16 little endian', utf16(SAMPLE, false)],
    ['UTF-16 big endian', utf16(SAMPLE, true)],
  ];
  test.each(cases)('%s is the same text at every chunk size', async (_, bytes) => {
    for (let size = 1; size <= bytes.length + 1; size++) expect(await decode(bytes, size)).toBe(SAMPLE);
  });

  test('the encoding is told before the first chunk', async () => {
    const heard: string[] = [];
    const onEncoding = (encoding: string): void => void heard.push(encoding);
    for await (const chunk of decodeText(inChunks(utf16('ab', true), 3), 'a', { onEncoding })) heard.push(chunk);
    expect(heard[0]).toBe('utf-16be');
    expect(heard.slice(1).join('')).toBe('ab');
  });

  test('reads a ReadableStream', async () => {
    const stream = new Blob([utf8(SAMPLE).slice()]).stream();
    expect((await all(decodeText(stream, 'a.txt'))).join('')).toBe(SAMPLE);
  });

  test('three bytes with a zero between are binary, not UTF-16', async () => {
    await expect(decode(utf8('a\0b'), 3)).rejects.toMatchObject({ code: 'text-binary', facts: { offset: 1 } });
    expect(await decode(utf8('a\0b\0'), 3)).toBe('ab');
  });

  const bad: [string, number[], number][] = [
    ['a lone continuation', [0x61, 0x80, 0x62], 1],
    ['an overlong form', [0x61, 0x62, 0xc0, 0xaf], 2],
    ['an overlong three-byte form', [0xe0, 0x80, 0xaf], 0],
    ['a surrogate', [0x61, 0xed, 0xa0, 0x80], 1],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80, 0x61], 0],
    ['a character cut by another', [0xe6, 0xb1, 0x61, 0x61], 0],
    ['a character cut by the end', [0x61, 0x61, 0xf0, 0x9f, 0x98], 2],
    ['Latin-1', [...Buffer.from('caf\xe9 au lait', 'latin1')], 3],
  ];
  test.each(bad)('%s is refused at its offset, whatever the chunks', async (_, bytes, offset) => {
    for (let size = 1; size <= bytes.length; size++) {
      const padded = Uint8Array.from([...utf8('汉字汉字汉字'), 0x0a, ...bytes]);
      await expect(decode(padded, size)).rejects.toMatchObject({
        code: 'text-not-utf8',
        facts: { offset: offset + 19, file: 'a.txt' },
      });
      await expect(decode(Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, ...bytes]), size)).rejects.toMatchObject({
        facts: { offset: offset + 4 },
      });
    }
  });

  test.each([true, false])('half a surrogate pair in UTF-16 is refused at its offset (big endian: %s)', async (big) => {
    for (const [text, offset] of [
      ['ab\uD83Dc', 6],
      ['a\uDE00b', 4],
      ['ab\uD83D', 6],
    ] as const) {
      for (let size = 1; size <= 10; size++) {
        await expect(decode(utf16(text, big), size)).rejects.toMatchObject({
          code: 'text-not-utf16',
          facts: { offset },
        });
      }
    }
    await expect(decode(utf16('ab', big).slice(0, 5), 4)).rejects.toMatchObject({
      code: 'text-not-utf16',
      facts: { offset: 4 },
    });
  });
});

describe('lines', () => {
  const text = 'a\r\nb\rc\n\n\r\n\rd\r\n';
  const lines = ['a', 'b', 'c', '', '', '', 'd'];
  test('ends are \\n, \\r\\n and \\r, at every chunk size', async () => {
    for (let size = 1; size <= text.length; size++) {
      const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
      const got = await all(linesOf(chunks, 100));
      expect(got.map((l) => l.text)).toEqual(lines);
      expect(got.map((l) => l.number)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    }
  });

  test('a last line without an end counts', async () => {
    expect((await all(linesOf(['a\nb'], 9))).map((l) => l.text)).toEqual(['a', 'b']);
  });

  test('a long line comes in parts that together are the line, never inside a character', async () => {
    const long = '😀'.repeat(50) + ' word. ' + 'x'.repeat(37);
    for (const chunks of [[long], Array.from(long), [long + '\nb']]) {
      const got = (await all(linesOf(chunks, 11))).filter((l) => l.number === 1);
      expect(got.map((l) => l.text).join('')).toBe(long);
      expect(got.every((l) => l.text.length <= 11 && !/\p{Surrogate}/u.test(l.text))).toBe(true);
      expect(got.map((l) => l.cut).lastIndexOf(true)).toBeLessThanOrEqual(got.length - 1);
    }
  });
});

describe('paragraphs', () => {
  test('blank lines part them, whatever the line ends', async () => {
    const text = '\r\n \nOne\r\nmore \r\n\t\r\n\r\nTwo\n\n\n三\n';
    expect(await all(paragraphs([text]))).toEqual(['One\nmore', 'Two', '三']);
  });

  test('long ones are cut at line ends, long lines at sentence ends', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => `line ${i} `.padEnd(40, '.'));
    const rows = await all(paragraphs([lines.join('\n')]));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.every((r) => r.length <= 4000)).toBe(true);
    expect(rows.join('\n').split('\n')).toEqual(lines);
    const sentences = 'Here is a sentence of some length. '.repeat(300);
    const cut = await all(paragraphs([sentences]));
    expect(cut.every((r) => r.length <= 4000 && r.endsWith('.'))).toBe(true);
    expect(cut.join(' ')).toBe(sentences.trim());
  });
});

describe('jsonl', () => {
  test('text and messages', async () => {
    const file = [
      '{"text":"one\\ntwo","id":1}',
      '',
      '  {"messages":[{"role":"user","content":"你好"},{"role":"assistant","content":[{"type":"text","text":"Hi"}]}]}  ',
      '{"text":"  "}',
      '{"__proto__":{"text":"no"},"text":"yes"}',
    ].join('\r\n');
    expect((await flat(jsonlRows([file], 'a.jsonl'))).map(({ row }) => row)).toEqual([
      'one\ntwo',
      'user: 你好\nassistant: Hi',
      'yes',
    ]);
  });

  test('fields of the prototype are not fields of the row', async () => {
    await expect(flat(jsonlRows(['{"__proto__":{"text":"no"}}'], 'a'))).rejects.toMatchObject({ code: 'jsonl-fields' });
  });

  test('a lone surrogate becomes U+FFFD, which UTF-8 can hold', async () => {
    expect(await flat(jsonlRows(['{"text":"a\\ud800b😀"}'], 'a'))).toEqual([{ row: 'a\uFFFDb😀', facts: {} }]);
  });
});

test('megabytes pass through in bounded pieces, and the count is exact', async () => {
  async function* source(): AsyncGenerator<Uint8Array> {
    const block = utf8('A paragraph of 汉字 text.\n\n'.repeat(997));
    for (let i = 0; i < 100; i++) yield block;
  }
  let rows = 0;
  for await (const batch of textRows({ ...fileOf('', 'a.txt'), stream: source }, 'txt')) {
    rows += batch.length;
    for (const { row } of batch) if (row !== 'A paragraph of 汉字 text.') throw new Error(row);
  }
  expect(rows).toBe(99_700);
});
