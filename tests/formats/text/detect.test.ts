import { expect, test } from 'vitest';
import { formatOf } from '../../../src/formats/text/detect';
import { fileOf, utf16, utf8 } from '../helpers';

const LINES = '{"text":"a"}\n{"text":"b"}\n';
const CASES: [what: string, name: string, content: string | Uint8Array, format: string][] = [
  ['a text without an ending', 'README', 'Hello there.', 'txt'],
  ['a log', 'server.log', '12:01 started\n12:02 {"a":1}', 'txt'],
  ['LaTeX', 'paper.tex', '\\documentclass{article}\n\\begin{document}', 'txt'],
  ['source code', 'main.py', 'def f(a, b):\n    return a, b\n', 'txt'],
  ['code that begins with a brace', 'style.css', '{ color: red }', 'txt'],
  ['Markdown that begins with a link', 'notes.md', '[home](index.md)', 'md'],
  ['a wiki link', 'note', '[[Other page]] is the next.', 'txt'],
  ['a time in brackets', 'chat.txt', '[12:03] Ann: hello\n[12:04] Bob: hi', 'txt'],
  ['JSON lines named .txt', 'rows.txt', LINES, 'jsonl'],
  ['JSON lines named .json', 'rows.json', LINES, 'jsonl'],
  ['JSON lines of which the first is broken', 'rows.jsonl', `{"text":\n${LINES}`, 'jsonl'],
  ['lines that are no JSON at all', 'rows.jsonl', 'oops\n', 'jsonl'],
  ['one line of JSON', 'a.txt', '{"text":"a"}', 'jsonl'],
  ['prose in brackets', 'a.json', '["Hello," she said] and so on.', 'txt'],
  ['long prose in brackets', 'a.json', `["Hello," she said. ${'And so on. '.repeat(9000)}]`, 'txt'],
  ['long prose of a list of words', 'a.txt', `["Yes", she said. ${'And so on. '.repeat(9000)}]`, 'txt'],
  ['a list with a comma left out', 'a.json', '["a" "b"]', 'json'],
  ['one object', 'a.json', '{"text":"a"}', 'json'],
  ['a list named .txt', 'a.txt', '[\n {"text":"a"}\n]', 'json'],
  ['a list of lines with commas', 'a.jsonl', '[{"text":"a"},\n{"text":"b"}]', 'json'],
  ['JSON that is cut off', 'a.json', '[{"text":"a"},', 'json'],
  ['UTF-16 lines', 'a', utf16(LINES, false), 'jsonl'],
  ['UTF-16 lines without a mark', 'a', utf16(LINES, true, false), 'jsonl'],
  ['a table named .txt', 'a.txt', 'prompt,response\nhow,so\nwhy,"a, b"\n', 'csv'],
  ['a table with semicolons', 'a.dat', '\uFEFFid;Text\n1;one\n2;"t;wo"\n', 'csv'],
  ['cells that were pasted', 'Pasted text', 'question\tanswer\nq1\ta1\nq2\ta2', 'csv'],
  ['prose with commas', 'a.txt', 'Hello, world\nGoodbye, text\n', 'txt'],
  ['a table with one column', 'a.csv', 'review\ngood\nbad\n', 'csv'],
  ['a .csv that is JSON', 'a.csv', '[{"text":"a"}]', 'json'],
  ['subtitles', 'film.txt', '1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n', 'srt'],
  ['web captions', 'film', 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello', 'srt'],
  ['a text that begins with the name of a database', 'a.md', 'SQLite is small.\n\nIt is fast.', 'md'],
  ['a text that begins with the name of a format', 'a.txt', 'ARROW keys move it.', 'txt'],
  ['a text that begins with the name of a container', 'a.txt', 'RIFF is older than that.', 'txt'],
  ['a text that begins with the name of an archive', 'a.txt', 'Rar! said the bird.', 'txt'],
  ['a text that speaks of PDF', 'a.md', 'Such a file begins with %PDF-1.7.', 'md'],
  ['a text that begins as Parquet does', 'a.txt', 'PARENTS came at six.', 'txt'],
  ['comments without a page', 'a.txt', `${'<!-- a -->'.repeat(60)} b`, 'txt'],
  ['comments before a page', 'a.txt', `${'<!-- a -->\n'.repeat(60)}<html><p>b</p></html>`, 'html'],
  ['a text that begins as a zip does', 'a.txt', 'PKU is a condition.', 'txt'],
  ['a table in Markdown', 'a.md', '| question | answer |\n|---|:-:|\n| a | b |\n', 'md'],
  ['a mark and nothing else', 'a.md', '\uFEFF', 'md'],
];

test.each(CASES)('%s: %s', async (_, name, content, format) => {
  expect(await formatOf(fileOf(content, name))).toBe(format);
  expect(await formatOf(fileOf(content, name, 3))).toBe(format);
});

test('lines longer than what is looked at are told by their beginning and the ending', async () => {
  const long = `{"text":"${'x'.repeat(100_000)}"}`;
  expect(await formatOf(fileOf(`${long}\n${long}`, 'a.txt'))).toBe('jsonl');
  expect(await formatOf(fileOf(`[${long},${long}]`, 'a.txt'))).toBe('json');
});

test('a file without text is refused by what it is, not by its ending', async () => {
  const files: [number[], string][] = [
    [[0xd0, 0xcf, 0x11, 0xe0, 0xa1], 'Office 97–2003'],
    [[0x1f, 0x8b, 8, 0], 'gzip'],
    [[...utf8('{\\rtf1')], 'RTF'],
    [[...utf8('SQLite format 3\0')], 'SQLite'],
    [[...utf8('ARROW1\0\0')], 'Arrow'],
    [[...utf8('Rar!\x1a\x07\x01\0')], 'RAR'],
    [[...utf8('RIFF\x10\0\0\0WAVE')], 'RIFF'],
  ];
  for (const [bytes, kind] of files)
    await expect(formatOf(fileOf(Uint8Array.from(bytes), 'a.txt'))).rejects.toMatchObject({
      code: 'format-binary',
      facts: { file: 'a.txt', kind },
    });
});
