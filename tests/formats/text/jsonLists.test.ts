import { describe, expect, it, test } from 'vitest';
import { jsonRows } from '../../../src/formats/text/jsonl';
import { ListCutter } from '../../../src/formats/text/listCutter';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { flat } from '../helpers';

/** More than a file that is read whole; each row has about 2,000 units. */
const ROWS = 6000;
const rowOf = (i: number): object => ({
  text: `row ${i} with "quotes", [brackets] and {braces}`.padEnd(2000, '.'),
  n: i,
});
const rows = Array.from({ length: ROWS }, (_, i) => JSON.stringify(rowOf(i)));

/** Units that were asked for and not given back as rows yet, at most. */
async function readIn(parts: readonly string[], notes = new RowNotes()): Promise<{ texts: string[]; most: number }> {
  let [pulled, given, most] = [0, 0, 0];
  function* chunks(): Generator<string> {
    for (const part of parts)
      for (let at = 0; at < part.length; at += 1 << 16) {
        const chunk = part.slice(at, at + (1 << 16));
        pulled += chunk.length;
        yield chunk;
      }
  }
  const texts: string[] = [];
  for await (const batch of jsonRows(chunks(), 'a.json', notes)) {
    most = Math.max(most, pulled - given);
    for (const { row } of batch) {
      given += row.length;
      texts.push(row);
    }
  }
  return { texts, most };
}

const MOST_HELD = 9 * 1024 * 1024;
const firstWords = (text: string): string => text.slice(0, 10);
const EXPECTED = Array.from({ length: ROWS }, (_, i) => firstWords(`row ${i} with "quotes"`));

describe('a list that is larger than what is read whole', () => {
  const joined = rows.join(',\n');

  test.each([
    ['alone', `[${joined}]\n`, EXPECTED],
    ['twice', `[${joined}]\n\uFEFF[${rows[0]}]`, [...EXPECTED, EXPECTED[0]]],
    ['wrapped in an object', `{"version": {"a": [1]}, "data": [${joined}], "end": null}`, EXPECTED],
    ['as a hub answers', `{"rows": [${rows.map((row, i) => `{"row_idx":${i},"row":${row}}`).join(',')}]}`, EXPECTED],
  ])('%s: comes member by member', async (_, text, expected) => {
    const { texts, most } = await readIn([text]);
    expect(texts.map(firstWords)).toEqual(expected);
    expect(most).toBeLessThan(MOST_HELD);
    expect(text.length).toBeGreaterThan(1.2 * MOST_HELD);
  });

  it('has a member that is none set aside with its place in the file, and may end with a comma', async () => {
    const notes = new RowNotes();
    const { texts } = await readIn([`[${joined}, {"text": 1 "x"},\n${rows[0]},]`], notes);
    expect(texts.map(firstWords)).toEqual([...EXPECTED, EXPECTED[0]]);
    expect(notes.asideRows).toMatchObject([{ code: 'json-syntax', facts: { at: joined.length + 15, found: '"' } }]);
  });

  test.each([
    ['text behind it', `[${joined}] and`, { at: joined.length + 4, found: 'a' }],
    ['no end', `[${joined}`, { detail: 'cut-off' }],
    ['no end of a row', `[${joined}, {"text": "a`, { detail: 'cut-off' }],
    ['no end of the object', `{"data": [${joined}]`, { detail: 'cut-off' }],
  ])('%s: is told with its place in the file', async (_, text, facts) => {
    await expect(readIn([text])).rejects.toMatchObject({ code: 'json-syntax', facts });
  });

  it('is refused where a second one stands beside it', async () => {
    await expect(readIn([`{"train": [${joined}], "test": [${rows[0]}]}`])).rejects.toMatchObject({
      code: 'json-rows-inside',
      facts: { field: 'train, test' },
    });
  });

  it('is one row where its objects are messages', async () => {
    const turn = (role: string): object => ({ role, content: 'word '.repeat(1_000_000) });
    const { texts } = await readIn([JSON.stringify({ messages: [turn('user'), turn('assistant')] })]);
    expect(texts).toHaveLength(1);
  });

  it('has a member that is too long set aside', async () => {
    const notes = new RowNotes();
    const long = JSON.stringify({ text: 'x'.repeat(17 * 1024 * 1024) });
    const read = await flat(
      jsonRows([`[${rows[0]},`, long.slice(0, 9e6), long.slice(9e6), `,${rows[1]}]`], 'a.json', notes),
    );
    expect(read).toHaveLength(2);
    expect(notes.report()).toMatchObject({ aside: 1, first: [{ code: 'jsonl-long', facts: { line: 2 } }] });
  });
});

it('lines that are named .json come line by line', async () => {
  const { texts, most } = await readIn([rows.join('\n')]);
  expect(texts.map(firstWords)).toEqual(EXPECTED);
  expect(most).toBeLessThan(MOST_HELD);
});

test.each([1, 2, 3, 7])('members are the same however the text is cut: parts of %i', (size) => {
  const text = ' [ {"a":"]\\\\"} , "\\"[,", [1,[2]], -1.5e3,null ] ';
  const cutter = new ListCutter(100);
  const members: string[] = [];
  for (let at = 0; at < text.length; at += size)
    for (const member of cutter.push(text.slice(at, at + size))) members.push(member.text);
  expect(members.map((member) => JSON.parse(member) as unknown)).toEqual(JSON.parse(text));
  expect(cutter.closed).toBe(true);
});
