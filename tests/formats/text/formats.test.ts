// One list of text formats: the readers and the hint know the same ones.
import { expect, test } from 'vitest';
import { dropHint, formatWords } from '../../../src/app/words/datasetWords';
import { TEXT_ENDINGS, TEXT_FORMATS } from '../../../src/base/records/textFormats';
import type { TextFound } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { TEXT_READERS } from '../../../src/formats/text/formats';
import { fileOf, rowsOf, utf16 } from '../helpers';

test('each format has its reader, and no ending belongs to two', () => {
  for (const [format, reader] of Object.entries(TEXT_READERS)) expect(reader.name).toBe(format);
  for (const reader of Object.values(TEXT_READERS)) expect(reader.endings).toBe(TEXT_ENDINGS[reader.name]);
  const endings = Object.values(TEXT_ENDINGS).flat();
  expect(new Set(endings).size).toBe(endings.length);
});

test('the hint in both languages names every format', () => {
  for (const language of ['en', 'zh'] as const)
    for (const format of TEXT_FORMATS.filter((f) => f !== 'files'))
      expect(dropHint(language).toLowerCase()).toContain(formatWords(format, language).toLowerCase());
});

test('a reader tells the encoding and what the rows are', async () => {
  const notes = new RowNotes();
  const found: TextFound = { notes };
  const row = '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}';
  await rowsOf(fileOf(utf16(row, false), 'a.jsonl', 9), found);
  expect([found.encoding, notes.content]).toEqual(['utf-16le', 'chat']);
});
