import { expect, test } from 'vitest';
import { fileOf, rowsOf } from '../helpers';

const texts = async (content: string): Promise<string[]> => (await rowsOf(fileOf(content, 'a'))).map(({ row }) => row);

test('subtitles become what is said, without numbers, times and marks', async () => {
  const srt = `\uFEFF1\r
00:00:01,000 --> 00:00:02,000\r
{\\an8}<i>Hello</i> there,\r
how are you?\r
\r
2\r
00:00:02,500 --> 00:00:03,000\r
Fine. 2 < 3.\r
\r
3\r
00:00:09,000 --> 00:00:10,000\r
Later on.\r
`;
  expect(await texts(srt)).toEqual(['Hello there,\nhow are you?\nFine. 2 < 3.', 'Later on.']);
});

test('web captions that repeat the line before say it once; notes and styles are no speech', async () => {
  const vtt = `WEBVTT - a film

NOTE made by hand

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.000 align:start
<v Ann>One <00:01.500><c>line</c>

00:02.000 --> 00:03.000
One line
and another
`;
  expect(await texts(vtt)).toEqual(['One line\nand another']);
});

test('a file without a word is empty, and one that is cut off keeps what it has', async () => {
  await expect(texts('WEBVTT\n')).rejects.toMatchObject({ code: 'text-empty' });
  expect(await texts('1\n00:00:01,000 --> 00:00:02,000\nHel')).toEqual(['Hel']);
});
