import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ReadTalks } from '../../../src/formats/talks/talk';
import { whatsapp } from '../../../src/formats/talks/whatsapp';

// What whatstk reads under each header of its table: tests/fixtures/whatsapp_chats.py.
const cases = JSON.parse(readFileSync(new URL('../../fixtures/talks/whatsapp.json', import.meta.url), 'utf8')) as {
  format: string;
  text: string;
  rows: [date: string, name: string, text: string][];
}[];

const read = (text: string): ReadTalks => whatsapp.read(text, 'chat.txt') as ReadTalks;

test('the whole table is here', () => {
  expect(cases).toHaveLength(96);
});

test.each(cases)('$format', ({ text, rows }) => {
  expect(whatsapp.begins(text)).toBe(true);
  const [thread] = read(text).threads;
  const said = thread!.said.map(({ at, speaker, text: words }) => [
    new Date(at!).toISOString().slice(0, 19).replace('T', ' '),
    speaker,
    words,
  ]);
  expect(said).toEqual(rows);
});

describe('a chat', () => {
  const CHAT = [
    '\u200E[14.01.24, 09:00:01] Ferry crew: \u200EMessages and calls are end-to-end encrypted.',
    '[14.01.24, 09:00:02] Mara: Is it late?',
    '\u200E[14.01.24, 09:00:05] Mara: \u200Eimage omitted',
    '[14.01.24, 09:01:00] Jo: <Media omitted>',
    '[14.01.24, 09:01:30] Jo: This message was deleted.',
    '[14.01.24, 09:02:00] Jo: No: on time.',
    '[15.01.24, 09:02:00] Mara added Ben',
  ].join('\r\n');

  test('drops media and lines of the program, and counts them', () => {
    const { media, system, threads } = read(CHAT);
    expect([media, system]).toEqual([2, 2]);
    expect(threads[0]!.said.map(({ text }) => text)).toEqual([
      'Messages and calls are end-to-end encrypted.',
      'Is it late?',
      'No: on time.',
    ]);
  });

  test('of the United States has the month first', () => {
    const [thread] = read('1/2/24, 3:05 PM - Ann: Hi\n1/3/24, 12:00 AM - Ben: Hello\n').threads;
    expect(thread!.said.map(({ at }) => new Date(at!).toISOString().slice(0, 16))).toEqual([
      '2024-01-02T15:05',
      '2024-01-03T00:00',
    ]);
  });

  test.each([
    ['2024/3/5 上午9:12 - 张三: 你好\n2024/3/5 下午9:13 - 李四: 在吗'],
    ['[2024/3/5 上午9:12:00] 张三: 你好\n\u200E[2024/3/5 晚上9:13:00] 李四: 在吗'],
    ['2024. 3. 5. 오전 9:12 - 김: 안녕\n2024. 3. 5. 오후 9:13 - 이: 네'],
    ['2024/03/05 午前9:12 - 山田: はい\n2024/03/05 午後9:13 - 佐藤: うん'],
  ])('has the half of the day before the time: %j', (text) => {
    expect(whatsapp.begins(text)).toBe(true);
    const times = read(text).threads[0]!.said.map(({ at }) => new Date(at!).toISOString().slice(0, 16));
    expect(times).toEqual(['2024-03-05T09:12', '2024-03-05T21:13']);
  });

  test('with narrow blanks before the half of the day is read', () => {
    expect(read('[1/2/24, 3:05:11\u202FPM] Ann: Hi\n[1/2/24, 3:06:11\u202FPM] Ben: Yo').threads[0]!.said).toHaveLength(
      2,
    );
  });

  test.each(['A line\nand another', '12:30 - lunch\n13:00 - work', '# 2024-01-02\ntext'])('is not %j', (text) => {
    expect(whatsapp.begins(text)).toBe(false);
  });
});
