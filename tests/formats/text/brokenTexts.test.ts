// Broken texts, tables and documents: each is read right, or says what is wrong and where, in both languages, and what
// stands beside the fault is read. JSON after the manner of JSONTestSuite.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AtelierError, isErrorCode } from '../../../src/base/errors/errors';
import { errorWords } from '../../../src/app/words/errorWords';
import type { TextFound } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { fileOf, rowsOf, utf16, utf8 } from '../helpers';

type Outcome = { rows: string[]; aside: string[] } | { refused: string };

/** What becomes of a file; each error has words in both languages that name the file. */
async function outcome(name: string, content: string | Uint8Array): Promise<Outcome> {
  const notes = new RowNotes();
  const found: TextFound = { notes };
  const said = (error: AtelierError): string => {
    for (const language of ['en', 'zh'] as const) expect(errorWords(error, language)).toContain(name);
    return error.code;
  };
  try {
    const rows = (await rowsOf(fileOf(content, name, content.length > 100_000 ? 65_536 : 11), found)).map(
      ({ row }) => row,
    );
    const aside = (notes.report()?.first ?? []).map(({ code, facts }) =>
      isErrorCode(code) ? said(new AtelierError(code, facts)) : code,
    );
    return { rows, aside };
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AtelierError);
    return { refused: said(thrown as AtelierError) };
  }
}
const rows = (...read: string[]): Outcome => ({ rows: read, aside: [] });
const beside = (aside: string | string[], ...read: string[]): Outcome => ({ rows: read, aside: [aside].flat() });
const refused = (code: string): Outcome => ({ refused: code });

const JSON_FILES: [what: string, content: string, outcome: Outcome][] = [
  ['an empty list', '[]', refused('text-empty')],
  ['blanks around', ' \n[ {"text" : "a"} ] \n', rows('a')],
  ['a mark before', '\uFEFF[{"text":"a"}]', rows('a')],
  ['an escape', '[{"text":"\\u0041\\n\\ud83d\\ude00"}]', rows('A\n😀')],
  ['half a surrogate', '[{"text":"x\\ud83d"}]', rows('x\uFFFD')],
  ['a NUL that is escaped', '[{"text":"a\\u0000b"}]', rows('a\0b')],
  ['a key twice', '[{"text":"a","text":"b"}]', rows('b')],
  ['a number as text', '[{"text":1.5}]', rows('1.5')],
  ['NaN beside the text', '[{"text":"a","x":NaN}]', rows('a')],
  ['Infinity beside the text', '[{"text":"a","x":-Infinity}]', rows('a')],
  ['a huge number', '[{"text":"a","x":1e999}]', rows('a')],
  ['a comma too many', '[{"text":"a"},]', rows('a')],
  ['a comma in front', '[,{"text":"a"}]', beside('json-syntax', 'a')],
  ['two commas', '[{"text":"a"},,{"text":"b"}]', beside('json-syntax', 'a', 'b')],
  ['a broken row among others', '[{"text":"a"},{"text":01},{"text":"c"}]', beside('json-syntax', 'a', 'c')],
  ['no end', '[{"text":"a"}', refused('json-syntax')],
  ['no end of a text', '[{"text":"a', refused('json-syntax')],
  ['a bracket too many', '[{"text":"a"}]]', refused('json-syntax')],
  ['single quotes', "[{'text':'a'}]", refused('json-syntax')],
  ['a bare key', '[{text:"a"}]', refused('json-syntax')],
  ['a comment', '[{"text":"a"} /* no */]', refused('json-syntax')],
  ['a newline inside a text', '[{"text":"a\nb"}]', refused('json-syntax')],
  ['a bad escape', '[{"text":"\\x41"}]', refused('json-syntax')],
  ['a short escape', '[{"text":"\\u00A"}]', refused('json-syntax')],
  ['True of Python', '[{"text":"a","b":True}]', refused('json-syntax')],
  ['a leading zero', '[{"text":"a","b":01}]', refused('json-syntax')],
  ['a plus', '[{"text":"a","b":+1}]', refused('json-syntax')],
  ['brackets that cross', '[{"text":"a"]}', refused('json-syntax')],
  ['a number alone', '4', refused('json-rows')],
  ['a text alone', '"a"', refused('json-rows')],
  ['null', 'null', refused('json-rows')],
  ['an object without rows', '{"a":1}', refused('jsonl-fields')],
  ['members that are no rows', '[{"text":"a"},1,null,"x",[]]', beside(Array(4).fill('jsonl-object') as string[], 'a')],
  ['nesting without end', '['.repeat(5000), refused('json-deep')],
  ['two lists behind each other', '[{"text":"a"}]\n[{"text":"b"}]', rows('a', 'b')],
  ['a list within an object', '{"version":1,"items":[{"text":"a"},{"text":"b"}]}', rows('a', 'b')],
  ['a page of a hub', '{"rows":[{"row_idx":0,"row":{"text":"a"}}]}', rows('a')],
  ['two lists within an object', '{"one":[{"text":"a"}],"two":[{"text":"b"}]}', refused('json-rows-inside')],
  ['columns as lists', '{"text":["a","b"],"label":[0,1]}', rows('a', 'b')],
  ['columns as objects', '{"text":{"0":"a","1":"b"},"n":{"0":1,"1":2}}', rows('a', 'b')],
  ['columns of two lengths', '{"text":["a","b"],"label":[0]}', refused('json-rows')],
];
test.each(JSON_FILES)('JSON: %s', async (_, content, wanted) =>
  expect(await outcome('a.json', content)).toEqual(wanted),
);

const LINES: [what: string, content: string | Uint8Array, outcome: Outcome][] = [
  ['a line that is cut', '{"text":"a"}\n{"text":\n{"text":"c"}', beside('jsonl-line', 'a', 'c')],
  ['two objects on a line', '{"text":"a"}\n{"text":"b"}{"text":"c"}\n{"text":"d"}', beside('jsonl-line', 'a', 'd')],
  ['a comma behind a line', '{"text":"a"}\n{"text":"b"},\n{"text":"c"}', beside('jsonl-line', 'a', 'c')],
  ['a list among objects', '{"text":"a"}\n[1]\n{"text":"c"}', beside('jsonl-object', 'a', 'c')],
  ['nesting without end', `{"text":"a"}\n{"x":${'['.repeat(500)}${']'.repeat(500)}}\n`, beside('jsonl-deep', 'a')],
  [
    'a line that is longer than any row',
    `{"text":"a"}\n{"text":"${'x'.repeat(17 << 20)}"}\n{"text":"c"}`,
    beside('jsonl-long', 'a', 'c'),
  ],
  ['Unicode line ends inside a text', '{"text":"a\u2028b"}\n{"text":"c"}', rows('a\u2028b', 'c')],
  ['UTF-16', utf16('{"text":"a"}\n{"text":"b"}', true), rows('a', 'b')],
];
test.each(LINES)(
  'JSON lines: %s',
  async (_, content, wanted) => {
    expect(await outcome('a.jsonl', content)).toEqual(wanted);
  },
  60_000,
);

const GOLDENS = JSON.parse(readFileSync('tests/fixtures/goldens/documents.json', 'utf8')) as Record<
  string,
  { base64: string }
>;
const golden = (name: string): Uint8Array => Uint8Array.from(Buffer.from(GOLDENS[name]!.base64, 'base64'));
const cut = (name: string, share: number): Uint8Array => golden(name).slice(0, Math.round(golden(name).length * share));
const falseFoot = (): Uint8Array =>
  Uint8Array.from([...golden('snappy.parquet').slice(0, -8), 0xff, 0xff, 0xff, 0x7f, ...utf8('PAR1')]);

describe('documents', () => {
  const REFUSED: [what: string, name: string, content: Uint8Array, code: string][] = [
    ['Parquet that is cut', 'a.parquet', cut('snappy.parquet', 0.7), 'parquet-broken'],
    ['Parquet of which the first bytes are left', 'a.parquet', utf8('PAR1\0\0\x15\x04'), 'parquet-broken'],
    ['Parquet whose foot says a false length', 'a.parquet', falseFoot(), 'parquet-broken'],
    ['Parquet that is encrypted', 'a.parquet', utf8('PARE\0\0 and what nobody can read PARE'), 'parquet-broken'],
    ['PDF that is cut to its head', 'a.pdf', utf8('%PDF-1.4\n'), 'document-broken'],
    ['PDF with a password', 'a.pdf', golden('locked.pdf'), 'pdf-locked'],
    ['PDF that is a picture', 'a.pdf', golden('picture.pdf'), 'pdf-without-text'],
    ['Word that is cut', 'a.docx', cut('report.docx', 0.8), 'zip-broken'],
    ['Excel that is cut', 'a.xlsx', cut('table.xlsx', 0.5), 'zip-broken'],
    ['EPUB that is cut', 'a.epub', cut('book.epub', 0.9), 'zip-broken'],
    ['a picture named .docx', 'a.docx', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1), 'format-binary'],
    ['Word of 2003', 'a.doc', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 1), 'format-binary'],
    ['zeros', 'a.txt', new Uint8Array(64), 'text-binary'],
    ['a page without text', 'a.html', utf8('<html><script>x</script></html>'), 'text-empty'],
  ];
  test.each(REFUSED)('%s', async (_, name, content, code) => {
    expect(await outcome(name, content)).toEqual(refused(code));
  });

  test('Parquet of zeros between its marks is said to be garbled, not what a program stumbled at', async () => {
    const zeros = Uint8Array.from([...utf8('PAR1'), ...new Uint8Array(50), ...utf8('PAR1')]);
    const wanted = { code: 'parquet-broken', facts: { detail: 'garbled' } };
    await expect(rowsOf(fileOf(zeros, 'a.parquet'), {})).rejects.toMatchObject(wanted);
  });
});
