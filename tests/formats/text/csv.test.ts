// Tables with delimiters: what is hard about them is read right, and what is wrong is set aside by its line.
import { describe, expect, test } from 'vitest';
import { CsvRecords } from '../../../src/formats/text/csvRecords';
import type { TextFound } from '../../../src/formats/text/format';
import { textRows } from '../../../src/formats/text/rows';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { fileOf, rowsOf, utf16 } from '../helpers';

interface Read {
  rows: string[];
  aside: [code: string, line: number][];
  found: TextFound;
}

async function read(content: string | Uint8Array, size = 1 << 16, name = 'a.csv'): Promise<Read> {
  const notes = new RowNotes();
  const found: TextFound = { notes };
  const rows = (await rowsOf(fileOf(content, name, size), found)).map(({ row }) => row);
  const aside = (notes.report()?.first ?? []).map(({ code, facts }): [string, number] => [code, Number(facts['line'])]);
  return { rows, aside, found };
}

/** Text column in, texts out. */
const RIGHT: [what: string, content: string | Uint8Array, rows: string[]][] = [
  ['line ends of Windows', 'id,text\r\n1,a\r\n2,b\r\n', ['a', 'b']],
  ['line ends of old Macs', 'id,text\r1,a\r2,b', ['a', 'b']],
  ['mixed line ends', 'id,text\n1,a\r\n2,b\n3,"c"\r\n', ['a', 'b', 'c']],
  ['a newline in a cell', 'id,text\n1,"a\nb"\n2,c', ['a\nb', 'c']],
  ['a line end of Windows in a cell', 'id,text\r\n1,"a\r\nb"\r\n2,c', ['a\r\nb', 'c']],
  ['doubled quotes', 'id,text\n1,"say ""hi"""\n2,""""', ['say "hi"', '"']],
  ['a quote inside a bare cell', 'id,text\n1,5" pipe\n2,b', ['5" pipe', 'b']],
  ['the delimiter in quotes', 'id,text\n1,"a, b"\n2,"c;d"', ['a, b', 'c;d']],
  ['semicolons', 'id;text\n1;a,b\n2;c', ['a,b', 'c']],
  ['tabs', 'id\ttext\n1\ta,b\n2\tc', ['a,b', 'c']],
  ['bars', 'id|text\n1|a, b\n2|c', ['a, b', 'c']],
  ["Excel's line that names the delimiter", 'sep=|\nid|text\n1|a\n2|b', ['a', 'b']],
  ['a mark', '\uFEFFtext,id\na,1\nb,2', ['a', 'b']],
  ['a quoted header behind a mark', '\uFEFF"text","id"\n"a","1"\nb,2', ['a', 'b']],
  ['UTF-16', utf16('id\ttext\r\n1\t汉字\r\n', false), ['汉字']],
  ['UTF-16, big endian, without a mark', utf16('id\ttext\r\n1\tabcdefg\r\n', true, false), ['abcdefg']],
  ['blank lines', 'id,text\n\n1,a\n\n\n2,b\n\n', ['a', 'b']],
  ['lines of delimiters alone', 'id,text\n1,a\n,\n2,b', ['a', 'b']],
  ['further blank cells, as spreadsheets leave', 'id,text,,\n1,a,,\n2,b,,', ['a', 'b']],
  ['columns without names that hold something', 'id,text,\n1,a,x\n2,b,y', ['a', 'b']],
  ['names in another case and with blanks', ' ID , Text \n1,a\n2,b', ['a', 'b']],
  ['one column', 'review\ngood\n"bad, really"\n', ['good', 'bad, really']],
  [
    'one column without a name',
    '"A whole sentence that is longer than any name of a column, and then so much more."\nb',
    ['A whole sentence that is longer than any name of a column, and then so much more.', 'b'],
  ],
  ['one column whose first cell is a sentence', 'The lamp is lit.\nok\n', ['The lamp is lit.', 'ok']],
  ['one column of another script', '今天是个好日子。\n好\n', ['今天是个好日子。', '好']],
  ['commas in the only column', 'text\nHello, world\na, b, and c\n', ['Hello, world', 'a, b, and c']],
  ['no last line end', 'id,text\n1,a', ['a']],
  ['blanks behind a closing quote', 'id,text\n"1" ,"a" \n2,b', ['a', 'b']],
  ['emoji and a zero-width joiner', 'id,text\n1,👩‍🚀\n', ['👩‍🚀']],
];

describe('is read right', () => {
  test.each(RIGHT)('%s', async (_, content, rows) => {
    for (const size of [1, 3, 8, 1 << 16]) {
      const got = await read(content, size);
      expect(got.rows).toEqual(rows);
      expect(got.aside).toEqual([]);
    }
  });

  test('columns of a conversation make one, and the others stay beside it', async () => {
    const found: TextFound = { notes: new RowNotes() };
    const table = 'Prompt,Response,rating,lang\nq,a,4.5,en\n"q,2",b,007,\n';
    const rows = await rowsOf(fileOf(table, 'a.csv'), found);
    expect(rows[0]).toEqual({
      row: '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}',
      facts: { rating: 4.5, lang: 'en' },
    });
    expect(rows[1]?.facts).toEqual({ rating: 7 });
    expect(found.table).toEqual({
      columns: ['Prompt', 'Response', 'rating', 'lang'],
      delimiter: ',',
      firstRow: 'names',
    });
  });
});

describe('the first row', () => {
  const films = ['A warm tale,good', 'Dull and long,bad', 'Fine acting,good'].join('\n');
  const MAPPINGS = { names: ['film', 'verdict'], data: ['column 1', 'column 2'] };
  const firstOf = async (content: string, columns: readonly string[], firstRow?: 'names' | 'data') => {
    const uses = columns.map((column, i) => ({ column, use: i ? ('label' as const) : ('text' as const) }));
    const choices = { mapping: { shape: 'text' as const, columns: uses }, ...(firstRow && { firstRow }) };
    const found: TextFound = { notes: new RowNotes(), choices };
    const rows = await rowsOf(fileOf(content, 'a.csv', 7), found);
    return [found.table?.firstRow, rows.length];
  };
  const TABLES: [what: string, content: string, wanted: ['names' | 'data', number]][] = [
    ['a class that stands again below it', films, ['data', 3]],
    ['a class that does not', 'A warm tale,good\nDull and long,bad\nHardly,bad', ['names', 2]],
    ['unknown names over classes', `film,verdict\n${films}`, ['names', 3]],
    ['a name that spells a cell', 'film,verdict\nfilm,verdict\nb,c', ['names', 2]],
    [
      'names that stand again, as joined files have them',
      `film,verdict\n${films}\nfilm,verdict\n${films}`,
      ['names', 7],
    ],
  ];
  test.each(TABLES)('%s', async (_, content, wanted) => {
    const columns = content.startsWith('A ') && wanted[0] === 'names' ? ['A warm tale', 'good'] : MAPPINGS[wanted[0]];
    expect(await firstOf(content, columns)).toEqual(wanted);
  });

  test('is what a person says it is', async () => {
    expect(await firstOf(films, ['A warm tale', 'good'], 'names')).toEqual(['names', 2]);
    expect(await firstOf(`film,verdict\n${films}`, MAPPINGS.data, 'data')).toEqual(['data', 4]);
  });
});

describe('is set aside by its line', () => {
  const WRONG: [what: string, content: string, rows: string[], aside: [string, number][]][] = [
    ['too few cells', 'id,text\n1,a\n2\n3,c', ['a', 'c'], [['csv-ragged', 3]]],
    ['too many cells', 'id,text\n1,a\n2,b,c\n3,d', ['a', 'd'], [['csv-ragged', 3]]],
    ['too many behind a cell of two lines', 'id,text\n1,"a\nb"\n2,b,c\n', ['a\nb'], [['csv-ragged', 4]]],
    ['a quote that never closes', 'id,text\n1,a\n2,"b\n3,c\n4,d', ['a', 'c', 'd'], [['csv-quote', 3]]],
    ['text behind a closing quote', 'id,text\n1,"a" x\n2,b\n', ['b'], [['csv-quote', 2]]],
    ['a title above the names', 'Harbour 2024\n\nid,text\n1,a\n2,b\n', ['a', 'b'], [['csv-ragged', 1]]],
    ['a title with a comma', 'Harbour, 2024\nid,n,text\n1,2,a\n', ['a'], [['csv-ragged', 1]]],
    ['a title as spreadsheets save it', 'Harbour;;\n;;\nid;n;text\n1;2;a\n', ['a'], [['csv-ragged', 1]]],
    ['a quote that never closes in the last line', 'id,text\n1,a\n2,"b', ['a'], [['csv-quote', 3]]],
  ];
  test.each(WRONG)('%s', async (_, content, rows, aside) => {
    for (const size of [1, 5, 1 << 16]) {
      const got = await read(content, size);
      expect(got.rows).toEqual(rows);
      expect(got.aside).toEqual(aside);
    }
  });

  test('a record that is longer than any may be, and what stands behind it is read', () => {
    const records = new CsvRecords(',', 100);
    const parts = ['id,text\n1,"', ...Array.from({ length: 50 }, () => 'xxxxxxxxx\n'), '"\n2,b\n'];
    const read = [...parts.flatMap((part) => records.push(part)), ...records.end()];
    expect(read.find(({ cells }) => !cells)).toMatchObject({ line: 2, fault: 'quote' });
    expect(read.at(-2)).toEqual({ line: 53, cells: ['2', 'b'] });
    const long = new CsvRecords(',', 100);
    const lines = ['a,b\n', ...Array.from({ length: 90 }, () => 'yyyy'), '\nc,d\n'].flatMap((part) => long.push(part));
    expect(lines).toMatchObject([{ cells: ['a', 'b'] }, { fault: 'long', line: 2 }, { line: 3, cells: ['c', 'd'] }]);
  });
});

test('a table without a known column says which it has', async () => {
  await expect(read('foo,bar\n1,2')).rejects.toMatchObject({
    code: 'jsonl-fields',
    facts: { line: 2, keys: 'foo, bar' },
  });
});

test('a chosen delimiter is taken in place of the found one', async () => {
  const found: TextFound = { notes: new RowNotes(), choices: { delimiter: ';' } };
  const rows = await rowsOf(fileOf('a,b;text\n1,2;x,y\n', 'a.csv'), found);
  expect(rows.map(({ row }) => row)).toEqual(['x,y']);
});

test('a cell of ten million characters is one row', async () => {
  const long = 'x,'.repeat(5_000_000);
  const { rows } = await read(`id,text\n1,"${long}"\n2,b`);
  expect([rows[0]?.length, rows[1]]).toEqual([10_000_000, 'b']);
});

test('twenty megabytes are read in steps: what is held stays small', async () => {
  const row = `"a, ""b"" c",${'some text that stands in a cell and goes on, '.replaceAll(',', ';').repeat(40)}\n`;
  const block = new TextEncoder().encode(row.repeat(40));
  let [given, taken, most] = [0, 0, 0];
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('id,text\n');
    while (given < 20_000_000) {
      given += block.length;
      yield block;
      most = Math.max(most, given - taken);
    }
  }
  for await (const batch of textRows({ ...fileOf('', 'a.csv'), stream }, 'csv')) taken += batch.length * row.length;
  expect(taken).toBe(given);
  expect(most).toBeLessThan(1_000_000);
});
