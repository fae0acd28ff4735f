// Older encodings are told from the bytes, decoded strictly, and chosen by hand where the bytes leave it open.
import { expect, test } from 'vitest';
import type { TextEncoding } from '../../../src/base/records/encodings';
import type { TextFound } from '../../../src/formats/text/format';
import { decodeText } from '../../../src/formats/text/textFile';
import { all, fileOf, inChunks, rowsOf, utf8 } from '../helpers';

/** The bytes of these are Python's, `text.encode(…)`. */
const ENCODED: [TextEncoding, string, string][] = [
  ['gb18030', '今天天气很好，我们去公园散步。', 'bdf1ccecccecc6f8badcbac3a3acced2c3c7c8a5b9abd4b0c9a2b2bda1a3'],
  ['gb18030', '职业：木匠。他做了一把椅子。', 'd6b0d2b5a3bac4bebdb3a1a3cbfbd7f6c1cbd2bbb0d1d2ced7d3a1a3'],
  ['big5', '今天天氣很好，我們去公園散步。', 'a4b5a4d1a4d1aef0abdca66ea141a7daadcca568a4bdb6e9b4b2a842a143'],
  ['shift_jis', '今日は天気がいいので散歩します。', '8da193fa82cd93568b4382aa82a282a282cc82c58e5595e082b582dc82b78142'],
  ['euc-jp', '今日は天気がいいので散歩します。', 'baa3c6fca4cfc5b7b5a4a4aca4a4a4a4a4cea4c7bbb6cae2a4b7a4dea4b9a1a3'],
  ['iso-2022-jp', '今日は天気がいい。', '1b24423a23467c244f45373524242c2424242421231b2842'],
  ['euc-kr', '오늘은 날씨가 좋습니다.', 'bfc0b4c3c0ba20b3afbebeb0a120c1c1bdc0b4cfb4d92e'],
  [
    'windows-1251',
    'Сегодня хорошая погода, пойдём гулять в парк.',
    'd1e5e3eee4edff20f5eef0eef8e0ff20efeee3eee4e02c20efeee9e4b8ec20e3f3ebfff2fc20e220efe0f0ea2e',
  ],
  [
    'windows-1252',
    'Le café “déjà vu” coûte 3 € à côté de la forêt.',
    '4c6520636166e9209364e96ae02076759420636ffb74652033208020e02063f474e9206465206c6120666f72ea742e',
  ],
];
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test.each(ENCODED)('%s is told and read at every chunk size: %s', async (encoding, text, hex) => {
  const heard: TextEncoding[] = [];
  for (const before of ['', 'plain ASCII first\n'.repeat(9)]) {
    const bytes = Uint8Array.from([...utf8(before), ...bytesOf(hex), 0x0a, ...bytesOf(hex)]);
    // the escapes of ISO-2022-JP are looked for within a chunk
    for (const size of encoding === 'iso-2022-jp' ? [4096] : [1, 2, 3, 7, 4096]) {
      const onEncoding = (said: TextEncoding): void => void heard.push(said);
      const read = (await all(decodeText(inChunks(bytes, size), 'a', { onEncoding }))).join('');
      expect(read).toBe(`${before}${text}\n${text}`);
      expect(heard.at(-1)).toBe(encoding);
    }
  }
});

test('ASCII of any length before the first other byte does not settle the encoding', async () => {
  const bytes = Uint8Array.from([...utf8('ascii '.repeat(40_000)), ...bytesOf(ENCODED[0]![2])]);
  expect((await all(decodeText(inChunks(bytes, 5000), 'a'))).join('').endsWith(ENCODED[0]![1])).toBe(true);
});

test('damaged UTF-8 is refused at its byte, and another encoding can be chosen', async () => {
  const bytes = Uint8Array.from([...utf8('漢字と仮名\n'), 0x93, 0x9c, 0x0a]);
  await expect(rowsOf(fileOf(bytes, 'a.txt'))).rejects.toMatchObject({ code: 'text-not-utf8', facts: { offset: 16 } });
  const found: TextFound = { choices: { encoding: 'windows-1252' } };
  const [first] = await rowsOf(fileOf(bytes, 'a.txt'), found);
  expect([found.encoding, first?.row.endsWith('“œ')]).toEqual(['windows-1252', true]);
});

test('a chosen encoding refuses the byte that is none of its characters', async () => {
  const bytes = Uint8Array.from([...bytesOf(ENCODED[3]![2]), 0x0a, 0x61, 0xfd, 0xfe, 0x62]);
  for (const size of [1, 5, 100]) {
    const read = all(decodeText(inChunks(bytes, size), 'a', { encoding: 'shift_jis' }));
    await expect(read).rejects.toMatchObject({
      code: 'text-not-encoding',
      facts: { encoding: 'shift_jis', offset: 34, byte: '0xFD' },
    });
  }
});

test('a chunk may be shorter than a word, wherever its bytes lie', async () => {
  const bytes = new TextEncoder().encode('abcdefghij');
  for (let offset = 0; offset < 4; offset++)
    for (const length of [1, 2, 3, 5]) {
      const chunk = bytes.subarray(offset, offset + length);
      const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          for (const part of [bytes, chunk, bytes]) controller.enqueue(part);
          controller.close();
        },
      });
      const read = (await all(decodeText(source, 'a'))).join('');
      expect(read).toBe(`abcdefghij${'abcdefghij'.slice(offset, offset + length)}abcdefghij`);
    }
});
