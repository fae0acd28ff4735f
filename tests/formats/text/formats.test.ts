// One list of text formats: the readers, the error, the hint and the file picker know the same endings.
import { expect, test, vi } from 'vitest';
import { dropHint } from '../../../src/app/words/datasetWords';
import { ALL_TEXT_ENDINGS, TEXT_ENDINGS, TEXT_FORMATS } from '../../../src/base/records/textFormats';
import type { TextFound } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { TEXT_READERS } from '../../../src/formats/text/formats';
import { textFormatOf, textRows } from '../../../src/formats/text/rows';
import { all, inChunks, utf16, utf8 } from '../helpers';

const SAMPLE = {
  txt: 'a\n\nb',
  md: '# a\n\nb',
  jsonl: '{"text":"a"}\n{"text":"b"}',
  json: '[{"text":"a"},{"text":"b"}]',
};

test.each(TEXT_FORMATS)('%s: each of its endings is read', async (format) => {
  expect(TEXT_READERS[format]).toMatchObject({ name: format, endings: TEXT_ENDINGS[format] });
  for (const ending of TEXT_ENDINGS[format]) {
    const file = `Notes${ending.toUpperCase()}`;
    expect(textFormatOf(file)).toBe(format);
    expect(await all(textRows(inChunks(utf8(SAMPLE[format]), 5), textFormatOf(file), file))).toHaveLength(2);
  }
});

test('no ending belongs to two formats', () => {
  expect(new Set(ALL_TEXT_ENDINGS).size).toBe(ALL_TEXT_ENDINGS.length);
});

test('the error and the hint in both languages name every ending', () => {
  const supported = ALL_TEXT_ENDINGS.join(', ');
  expect(() => textFormatOf('a.xyz')).toThrow(expect.objectContaining({ facts: { file: 'a.xyz', supported } }));
  for (const language of ['en', 'zh'] as const) {
    expect(dropHint(language).match(/\.[a-z]+/g)).toEqual(ALL_TEXT_ENDINGS);
  }
});

test('a reader tells the encoding and what the rows are', async () => {
  const notes = new RowNotes();
  const found: TextFound = { notes };
  const row = '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}';
  await all(textRows(inChunks(utf16(row, false), 9), 'jsonl', 'a.jsonl', found));
  expect([found.encoding, notes.content]).toEqual(['utf-16le', 'chat']);
});

test('a reader may give columns beside its rows', async () => {
  const rows = [{ row: 'a', facts: { label: 'spam' } }, 'b'];
  const read = vi.spyOn(TEXT_READERS.txt, 'read').mockImplementation(async function* () {
    yield* await Promise.resolve(rows);
  });
  expect(await all(textRows(inChunks(utf8('x'), 1), 'txt', 'a.txt'))).toEqual([rows[0], { row: 'b' }]);
  read.mockRestore();
});
