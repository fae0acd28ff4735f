import { expect, test } from 'vitest';
import { mail } from '../../../src/formats/talks/mail';

const letter = (from: string, subject: string, date: string, body: string): string =>
  [
    `From: ${from}`,
    'To: port@example.org',
    `Subject: ${subject}`,
    `Date: ${date}`,
    `Message-ID: <${date.length}@x>`,
    '',
    body,
  ].join('\n');
const ASK = letter(
  'Mara Lind <mara@example.org>',
  'Tickets',
  'Sun, 14 Jan 2024 09:00:00 +0000',
  'Are there any left?\n\n-- \nMara Lind\nHarbour street 1',
);
const REPLY = letter(
  'Jo <jo@example.org>',
  'Re: Tickets',
  'Sun, 14 Jan 2024 10:00:00 +0000',
  'Yes, two.\n\nOn Sun, 14 Jan 2024 at 09:00, Mara Lind\n<mara@example.org> wrote:\n> Are there any left?',
);

test('a single letter, without its signature', async () => {
  expect(mail.begins(ASK)).toBe(true);
  const { threads } = await mail.read(ASK, 'a.eml');
  expect(threads).toEqual([
    { name: 'Tickets', said: [{ speaker: 'Mara Lind', text: 'Are there any left?', at: Date.UTC(2024, 0, 14, 9) }] },
  ]);
});

test('an mbox: answers stand with their question in time, without what they quote', async () => {
  const mbox = [REPLY, ASK].map((text) => `From x@example.org Sun Jan 14 09:00:00 2024\n${text}\n\n`).join('');
  expect(mail.begins(mbox)).toBe(true);
  const { threads } = await mail.read(mbox, 'all.mbox');
  expect(threads.map(({ said }) => said.map(({ speaker, text }) => [speaker, text]))).toEqual([
    [
      ['Mara Lind', 'Are there any left?'],
      ['Jo', 'Yes, two.'],
    ],
  ]);
});

test.each([
  ['Gut.\n\nAm 14.01.24 um 09:00 schrieb Mara Lind:\n> Frage', 'Gut.'],
  ['Fine.\n\n-----Original Message-----\nFrom: x', 'Fine.'],
  ['Fine.\n\nFrom: Mara Lind\nSent: Sunday\nTo: Jo\n\nText', 'Fine.'],
  ['> quoted\nInline answer\n> more\nSecond', 'Inline answer\nSecond'],
])('of %j the sender wrote %j', async (body, text) => {
  const { threads } = await mail.read(
    letter('Jo <jo@example.org>', 'x', 'Sun, 14 Jan 2024 10:00:00 +0000', body),
    'a.eml',
  );
  expect(threads[0]!.said[0]!.text).toBe(text);
});

test('a letter without words of its sender is counted; other text is no mail', async () => {
  const only = letter('Jo <jo@example.org>', 'x', 'Sun, 14 Jan 2024 10:00:00 +0000', '> all quoted');
  expect(await mail.read(only, 'a.eml')).toMatchObject({ threads: [], system: 1 });
  expect(mail.begins('From here to there\nis a way.')).toBe(false);
  expect(mail.begins('title: x\ndate: y\n\ntext')).toBe(false);
});
