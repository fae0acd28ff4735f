import { expect, test } from 'vitest';
import { rowsOfFiles } from '../../../src/formats/text/files';
import type { TextFound } from '../../../src/formats/text/format';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { joinedDays } from '../../../src/formats/text/dayFiles';
import { fileOf, flat, utf8 } from '../helpers';

/** A message of Slack, so many minutes after midnight of the 15th. */
const said = (user: string, text: string, minutes: number): object => ({
  ...{ type: 'message', user, text, ts: `${Date.UTC(2024, 0, 15) / 1000 + 60 * minutes}.000100` },
  user_profile: { display_name: user.toLowerCase() },
});
const day = (...messages: object[]): string => JSON.stringify(messages);
const read = async (files: Record<string, string>, found: TextFound) =>
  flat(
    rowsOfFiles(
      Object.entries(files).map(([name, text]) => fileOf(text, name)),
      found,
    ),
  );

test('the days of a Slack channel are one chat in the order of their dates', async () => {
  const found: TextFound = { notes: new RowNotes(), choices: { talk: { assistant: 'desk' } } };
  const rows = await read(
    {
      'help/2024-01-16.json': day(said('DESK', 'On the hook.', 1441), said('DESK', 'By the door.', 1442)),
      'help/2024-01-15.json': day(said('ANA', 'Where is the key?', 1439)),
      'help/2024-01-17.json': '[]',
      'help/2024-01-18.json': '[{"type":"message"',
      'other/2024-01-15.json': day(said('BO', 'When does it open?', 1), said('DESK', 'At nine.', 2)),
    },
    found,
  );
  expect(rows.map(({ row }) => JSON.parse(row) as unknown)).toEqual([
    {
      messages: [
        { role: 'user', content: 'Where is the key?' },
        { role: 'assistant', content: 'On the hook.\nBy the door.' },
      ],
    },
    {
      messages: [
        { role: 'user', content: 'When does it open?' },
        { role: 'assistant', content: 'At nine.' },
      ],
    },
  ]);
  expect(found.files?.map(({ name, rows: count }) => [name, count])).toContainEqual([
    'help/2024-01-15 … 2024-01-18.json',
    1,
  ]);
  expect(found.notes?.report()).toMatchObject({ aside: 1, first: [{ facts: { file: 'help/2024-01-18.json' } }] });
});

test('days that are no chat stay files of their own', async () => {
  const found: TextFound = {};
  await read({ '2024-01-15.json': '[{"text":"a"}]', '2024-01-16.json': '[{"text":"b"}]' }, found);
  expect(found.files?.map(({ name }) => name)).toEqual(['2024-01-15.json', '2024-01-16.json']);
});

test('a day that is larger than any stays by itself, and is not held', async () => {
  let given = 0;
  const part = utf8(`${JSON.stringify(said('ANA', 'x'.repeat(1 << 20), 1))},`);
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield utf8('[');
    for (; given < 200; given++) yield await Promise.resolve(part);
  }
  const large = { ...fileOf('', 'help/2024-01-15.json'), stream };
  const small = fileOf(day(said('BO', 'When?', 1), said('DESK', 'At nine.', 2)), 'help/2024-01-16.json');
  const files = await joinedDays([large, small].map((source) => ({ source, format: 'talk' })));
  expect(files.map(({ source }) => source.name)).toEqual(['help/2024-01-15 … 2024-01-16.json', large.name]);
  expect(given).toBeLessThan(70);
});
