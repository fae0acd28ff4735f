// Files that pandas, pyarrow, openpyxl, python-docx, ebooklib and reportlab wrote, with what these packages read in them
// (tests/fixtures/documents.py).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TextFound, TextRow } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { formatOf } from '../../../src/formats/text/detect';
import { fileOf, rowsOf } from '../helpers';

const GOLDENS = JSON.parse(readFileSync('tests/fixtures/goldens/documents.json', 'utf8')) as Record<
  string,
  { base64: string; expected: unknown }
>;
const bytesOf = (name: string): Uint8Array => Uint8Array.from(Buffer.from(GOLDENS[name]!.base64, 'base64'));
const expected = <T>(name: string): T => GOLDENS[name]!.expected as T;

/** As a file whose name says nothing. */
const read = (name: string, found: TextFound = {}): Promise<TextRow[]> =>
  rowsOf(fileOf(bytesOf(name), 'file', 100), found);
const textsOf = async (name: string): Promise<string[]> => (await read(name)).map(({ row }) => row);
const turns = (row: string): string[] =>
  (JSON.parse(row) as { messages: { content: string }[] }).messages.map(({ content }) => content);

test('each is told by its content', async () => {
  for (const name of Object.keys(GOLDENS))
    expect([name, await formatOf(fileOf(bytesOf(name), 'file'))]).toEqual([name, name.split('.')[1]]);
});

describe('tables', () => {
  test.each(['comma.csv', 'tab.csv', 'semicolon.csv', 'marked.csv'])('%s as pandas reads it', async (name) => {
    const rows = await read(name);
    const wanted = expected<Record<string, string>[]>(name);
    expect(rows.map(({ row }) => turns(row))).toEqual(wanted.map((r) => [r['prompt'], r['response']]));
    expect(rows.map(({ facts }) => facts?.['rating'] ?? '')).toEqual(
      wanted.map(({ rating }) => (rating === '' ? '' : Number(rating))),
    );
  });

  test.each(['snappy', 'zstd', 'gzip', 'brotli', 'none'])('Parquet with %s as pyarrow reads it', async (codec) => {
    const name = `${codec}.parquet`;
    const found: TextFound = { notes: new RowNotes() };
    const rows = await read(name, found);
    const wanted =
      expected<{ messages: { content: string }[]; id: string; score: number; tags: string[]; added: string }[]>(name);
    expect(rows.map(({ row }) => turns(row))).toEqual(wanted.map(({ messages }) => messages.map((m) => m.content)));
    for (const [i, { facts = {} }] of rows.entries()) {
      const { id, score, tags, added } = wanted[i]!;
      expect(facts).toMatchObject({ id, rating: score, ...(tags.length && { tags: JSON.stringify(tags) }) });
      expect(Date.parse(String(facts['added']))).toBe(Date.parse(added));
    }
    expect(found.table?.columns).toEqual(['messages', 'id', 'score', 'tags', 'added']);
  });

  test('the first sheet of a workbook, or the one that is chosen, as openpyxl reads it', async () => {
    const sheets = expected<Record<string, (string | number | null)[][]>>('table.xlsx');
    const found: TextFound = { notes: new RowNotes() };
    const rows = await read('table.xlsx', found);
    const [, ...wanted] = sheets['Rows']!;
    expect(rows.map(({ row }) => turns(row))).toEqual(wanted.map(([asked, answer]) => [asked, answer]));
    expect(rows.map(({ facts }) => facts?.['count'] ?? null)).toEqual(wanted.map((row) => row[3]));
    expect(rows.map(({ facts }) => facts?.['when'])).toEqual(['2024-05-17', '2024-05-17T08:30:00.000Z', undefined]);
    expect(found.table).toMatchObject({ sheet: 'Rows', sheets: ['Rows', 'Other'] });
    const other = await read('table.xlsx', { choices: { sheet: 'Other' } });
    expect(other.map(({ row }) => row)).toEqual(['from the second sheet']);
  });
});

describe('documents', () => {
  test('Word: each paragraph as python-docx reads it, points and cells as lines', async () => {
    const rows = await textsOf('report.docx');
    const wanted = expected<string[]>('report.docx');
    expect(
      rows
        .join('\n')
        .split('\n')
        .filter((line) => !line.includes('\t')),
    ).toEqual(wanted);
    expect(rows).toContain('first point\nsecond point');
    expect(rows).toContain('name\theight\ntower\t90');
  });

  test('EPUB: the chapters in the order of the spine, as ebooklib reads them', async () => {
    expect(await textsOf('book.epub')).toEqual(expected('book.epub'));
  });

  test('PDF: the text of each page as pypdf reads it, in paragraphs', async () => {
    const rows = await read('pages.pdf');
    const pages = expected<string[]>('pages.pdf');
    const ofPage = (page: number): string[] =>
      rows.filter(({ facts }) => facts?.['page'] === page).map(({ row }) => row);
    expect([ofPage(1).join(' '), ofPage(2).join(' ')]).toEqual(pages);
    expect(ofPage(1)).toHaveLength(2);
  });

  test('a PDF with a password, and one that is a picture, say so', async () => {
    await expect(read('locked.pdf')).rejects.toMatchObject({ code: 'pdf-locked' });
    await expect(read('picture.pdf')).rejects.toMatchObject({ code: 'pdf-without-text', facts: { pages: 1 } });
  });
});
