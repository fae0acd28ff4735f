import { beforeEach, describe, expect, test } from 'vitest';
import { asideRowsOf, storedRowsFrom } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { asideFile, bringBack } from '../../../src/studio/data/asideRows';
import { importFile } from '../../../src/studio/data/importData';
import { freshStorage } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const LINES = [
  '{"prompt":"a","completion":"b","topic":"x"}',
  '{"prompt":"c","completion"',
  '{"prompt":"d","completion":null}',
  '{"text":"loose"}',
];
const bring = (lines = LINES) => importFile(db, new File([lines.join('\n')], 'rows.jsonl'));

describe('rows set aside', () => {
  test('are stored with their line, reason and text, and leave the rows as they are', async () => {
    const { id, report, rows } = await bring();
    expect([rows, report!.aside, report!.stored]).toEqual([1, 3, 3]);
    expect((await asideRowsOf(db, id)).map(({ code, facts, text }) => [code, facts['line'], text])).toEqual([
      ['jsonl-line', 2, LINES[1]],
      ['row-value', 3, LINES[2]],
      ['rows-mixed', 4, LINES[3]],
    ]);
    expect(await storedRowsFrom(db, id, 0, 9)).toHaveLength(1);
  });

  test('come back mended as the last rows of a version; the others stay aside', async () => {
    const { id } = await bring();
    const mended = '{"prompt":"c","completion":"e","topic":"y"}';
    const { dataset, still } = await bringBack(db, {
      datasetId: id,
      rows: [
        { index: 0, text: mended },
        { index: 1, text: '{"prompt":"d"' },
      ],
    });
    expect(still).toMatchObject([{ index: 1, code: 'jsonl-line' }]);
    expect(dataset).toMatchObject({
      rows: 2,
      content: 'chat',
      report: { aside: 2, stored: 2 },
      version: { number: 2, parentId: id },
    });
    expect(dataset!.version!.sheet.made[0]).toMatchObject({ rowsBefore: 1, rows: 2, brought: 1, steps: [] });
    const [, last] = await storedRowsFrom(db, dataset!.id, 0, 9);
    expect(last).toMatchObject({ id: 1, facts: { topic: 'y' } });
    expect(JSON.parse(last!.row)).toMatchObject({ messages: [{ content: 'c' }, { content: 'e' }] });
    expect((await asideRowsOf(db, dataset!.id)).map(({ code }) => code)).toEqual(['row-value', 'rows-mixed']);
    expect(await asideRowsOf(db, id)).toHaveLength(3);
  });

  test('of texts may be mended to plain text; nothing that can be read makes no version', async () => {
    const { id } = await bring(['{"text":"one"}', '{"a":1}']);
    expect(await bringBack(db, { datasetId: id, rows: [{ index: 0, text: ' ' }] })).toEqual({
      still: [{ index: 0, code: 'row-blank', facts: { line: 2 } }],
    });
    const { dataset } = await bringBack(db, { datasetId: id, rows: [{ index: 0, text: 'two\nlines' }] });
    expect((await storedRowsFrom(db, dataset!.id, 1, 1))[0]!.row).toBe('two\nlines');
  });

  test('are saved as lines of JSON', async () => {
    const { blob, fileName } = await asideFile(db, (await bring()).id);
    expect(fileName).toBe('rows-set-aside.jsonl');
    const lines = (await blob!.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ line, reason, row }) => [line, reason, row])).toEqual([
      [2, 'jsonl-line', LINES[1]],
      [3, 'row-value', { prompt: 'd', completion: null }],
      [4, 'rows-mixed', { text: 'loose' }],
    ]);
  });

  test('beyond a thousand are counted', async () => {
    const { id, report } = await bring(['{"text":"one"}', ...Array.from({ length: 1200 }, (_, i) => `{"a":${i}}`)]);
    expect([report!.aside, report!.stored, (await asideRowsOf(db, id)).length]).toEqual([1200, 1000, 1000]);
  });
});

describe('a file that is read again', () => {
  const CHAT = '[14.01.24, 09:00:00] Ann: Late?\n[14.01.24, 09:01:00] Jo: No.\n[14.01.24, 09:02:00] Ann: Good.\n';

  test('with another assistant takes the place of its dataset', async () => {
    const file = new File([CHAT], 'chat.txt');
    const first = await importFile(db, file);
    expect(first).toMatchObject({
      format: 'talk',
      content: 'chat',
      talk: { app: 'whatsapp', assistant: 'Ann', unanswered: 1 },
    });
    const choices = { format: 'talk', talk: { assistant: 'Jo' } } as const;
    const again = await importFile(db, file, { choices });
    expect(again).toMatchObject({ name: 'chat', rows: 1, talk: { assistant: 'Jo', unanswered: 1 } });
    expect(again.report).toBeUndefined();
    const [row] = await storedRowsFrom(db, again.id, 0, 1);
    expect(row).toMatchObject({ facts: { source: 'chat', date: '2024-01-14', speaker: 'Ann' } });
  });

  test('with other uses of its columns', async () => {
    const file = new File(
      ['{"headline":"A fir","lead":"It grew.","label":0}\n{"headline":"B","lead":"C","label":1}'],
      'n.jsonl',
    );
    const guessed = await importFile(db, file);
    expect(guessed.mapping).toMatchObject({ shape: 'thumbs', guessed: true });
    const [bad] = await storedRowsFrom(db, guessed.id, 0, 1);
    expect(bad).toMatchObject({ facts: { label: false } });
    const other = new File(
      ['{"text":"A fir","lead":"It grew.","label":0}\n{"text":"B","lead":"C","label":1}'],
      'n.jsonl',
    );
    const first = await importFile(db, other);
    expect(first.mapping).toEqual({
      shape: 'classification',
      columns: [
        { column: 'text', use: 'text' },
        { column: 'lead', use: 'fact' },
        { column: 'label', use: 'label' },
      ],
      samples: [
        ['A fir', 'It grew.', '0'],
        ['B', 'C', '1'],
      ],
    });
    const columns = [
      { column: 'text', use: 'question' },
      { column: 'lead', use: 'answer' },
      { column: 'label', use: 'fact' },
    ] as const;
    const again = await importFile(db, other, { choices: { format: 'jsonl', mapping: { shape: 'turns', columns } } });
    expect(again).toMatchObject({ content: 'chat', mapping: { shape: 'turns', chosen: true } });
    const [row] = await storedRowsFrom(db, again.id, 0, 1);
    expect(row).toMatchObject({ facts: { label: 0 } });
    expect(JSON.parse(row!.row)).toEqual({
      messages: [
        { role: 'user', content: 'A fir' },
        { role: 'assistant', content: 'It grew.' },
      ],
    });
  });
});
