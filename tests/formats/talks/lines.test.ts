import { expect, test } from 'vitest';
import { speakerLines } from '../../../src/formats/talks/lines';
import type { ReadTalks } from '../../../src/formats/talks/talk';

const LOG = ['Ann: Hello', 'Ben: Hi', 'and welcome', 'Ann: Thanks', 'Ben: Tea?', 'Ann: Yes: tea', 'Ben: Here'].join(
  '\n',
);

test('names before a colon; a line without one belongs to the message above it', () => {
  expect(speakerLines.begins(LOG)).toBe(true);
  const { threads } = speakerLines.read(LOG, 'talk.log') as ReadTalks;
  expect(threads[0]!.said.map(({ speaker, text }) => [speaker, text])).toEqual([
    ['Ann', 'Hello'],
    ['Ben', 'Hi\nand welcome'],
    ['Ann', 'Thanks'],
    ['Ben', 'Tea?'],
    ['Ann', 'Yes: tea'],
    ['Ben', 'Here'],
  ]);
});

test.each([
  ['times', (name: string) => `[12:03] ${name}: x`],
  ['a chat room', (name: string) => `2024-01-02 12:03:44 <${name.toLowerCase()}> x`],
  ['bold names', (name: string) => `**${name}:** x`],
  ['a full-width colon', (name: string) => `${name}： x`],
  ['a full-width colon without a blank', (name: string) => `${name}：x`],
  ['names of a script without capitals', (name: string) => `${name === 'Ann' ? '小红' : '王 明'}：x`],
  ['such names before a narrow colon', (name: string) => `[12:03] ${name === 'Ann' ? 'やまだ' : '김'}: x`],
])('with %s', (_name, line) => {
  const log = Array.from({ length: 8 }, (_, i) => line(i % 2 ? 'Ann' : 'Ben')).join('\n');
  expect(speakerLines.begins(log)).toBe(true);
  const { threads } = speakerLines.read(log, 'a.txt') as ReadTalks;
  expect(threads[0]!.said).toHaveLength(8);
  expect(threads[0]!.said[0]!.text).toBe('x');
});

const NICKS = ['ann: is the boat in?', 'ben: not before the tide', 'ann: then we wait here'];

test('nicknames of small letters, where sentences follow them', () => {
  const log = [...NICKS, 'note: bring the long rope', ...NICKS, ...NICKS].join('\n');
  expect(speakerLines.begins([...NICKS, ...NICKS].join('\n'))).toBe(true);
  const { threads } = speakerLines.read([...NICKS, ...NICKS].join('\n'), 'a.txt') as ReadTalks;
  expect(threads[0]!.said.map(({ speaker }) => speaker)).toEqual(['ann', 'ben', 'ann', 'ann', 'ben', 'ann']);
  expect(speakerLines.begins(log)).toBe(false);
});

test.each([
  ['prose', 'A long text.\nNote: one colon.\nMore text here.\nAnd more.\nAnd more.\nEnd.'],
  ['a configuration', 'name: x\nage: 3\nname: y\nage: 4\nname: z\nage: 5'],
  ['what a compiler says', 'error: no such file here\nwarning: this value is unused\n'.repeat(4)],
  ['settings with short values', 'host: a b\nport: 80\n'.repeat(4)],
  ['many names', Array.from({ length: 20 }, (_, i) => `Name${i}: x`).join('\n')],
  ['a time in each line', Array.from({ length: 9 }, (_, i) => `会议 ${i % 2}:30 开始`).join('\n')],
  ['one speaker', Array.from({ length: 20 }, () => 'Ann: x').join('\n')],
])('is not %s', (_name, text) => {
  expect(speakerLines.begins(text)).toBe(false);
});
