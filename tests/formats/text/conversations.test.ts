import { describe, expect, test } from 'vitest';
import type { DatasetContent } from '../../../src/base/records/dataset';
import { rowOf } from '../../../src/formats/text/conversations';
import { jsonRows, jsonlRows } from '../../../src/formats/text/jsonl';

const AT = { file: 'a.jsonl', line: 3 };
const turn = (role: string, content: string) => ({ role, content });
const QA = [turn('user', 'q'), turn('assistant', 'a')];

describe('a conversation is read from', () => {
  test.each([
    ['messages, with weights', { messages: [QA[0], { ...QA[1], weight: 0 }] }, [QA[0], { ...QA[1], weight: 0 }]],
    [
      'parts of text',
      { messages: [turn('user', 'q'), { role: 'assistant', content: [{ type: 'text', text: 'a' }] }] },
      QA,
    ],
    [
      'ShareGPT',
      {
        conversations: [
          { from: 'human', value: 'q' },
          { from: 'gpt', value: 'a' },
        ],
        system: 's',
      },
      [turn('system', 's'), ...QA],
    ],
    [
      'tools of ShareGPT',
      {
        conversations: [
          { from: 'function_call', value: 'f' },
          { from: 'observation', value: 'o' },
        ],
      },
      [turn('assistant', 'f'), turn('tool', 'o')],
    ],
    ['Alpaca', { instruction: 'q', input: 'x', output: 'a' }, [turn('user', 'q\nx'), QA[1]]],
    ['Alpaca without input', { instruction: 'q', input: '', output: 'a' }, QA],
    [
      'Alpaca with history',
      { instruction: 'q', output: 'a', system: 's', history: [['p', 'b']] },
      [turn('system', 's'), turn('user', 'p'), turn('assistant', 'b'), ...QA],
    ],
    ['prompt and completion', { prompt: 'q', completion: 'a' }, QA],
    ['prompt and completion as messages', { prompt: [QA[0]], completion: [QA[1]] }, QA],
    ['question and answer', { id: 7, question: 'q', answer: 'a', source: 'x' }, QA],
    ['a bad answer', { prompt: 'q', completion: 'a', label: false }, [QA[0], { ...QA[1], weight: 0 }]],
  ])('%s', (_name, row, messages) => {
    expect(rowOf(row, AT)).toEqual({ content: 'chat', messages });
  });

  test.each([
    [{ messages: [turn('user', 'q'), { role: 'assistant' }] }, 'jsonl-message', { ...AT, index: 2 }],
    [{ messages: [turn('narrator', 'q')] }, 'row-role', { ...AT, index: 1, role: '"narrator"' }],
    [{ conversations: [{ from: '__proto__', value: 'q' }] }, 'row-role', { ...AT, index: 1, role: '"__proto__"' }],
    [{ context: 'x', output: 'a' }, 'jsonl-fields', { ...AT, keys: 'context, output' }],
  ])('nothing else: %j', (row, code, facts) => {
    expect(() => rowOf(row, AT)).toThrow(expect.objectContaining({ code, facts }));
  });
});

describe('a pair is read from', () => {
  const pair = { prompt: [QA[0]], chosen: [QA[1]], rejected: [turn('assistant', 'b')] };
  test.each([
    ['strings', { prompt: 'q', chosen: 'a', rejected: 'b' }],
    ['messages with the question in both', { prompt: 'q', chosen: QA, rejected: [QA[0], turn('assistant', 'b')] }],
    ['messages behind a prompt', { prompt: [QA[0]], chosen: [QA[1]], rejected: [turn('assistant', 'b')] }],
    [
      'ShareGPT',
      {
        conversations: [{ from: 'human', value: 'q' }],
        chosen: { from: 'gpt', value: 'a' },
        rejected: { from: 'gpt', value: 'b' },
      },
    ],
    [
      'OpenAI',
      { input: { messages: [QA[0]] }, preferred_output: [QA[1]], non_preferred_output: [turn('assistant', 'b')] },
    ],
  ])('%s', (_name, row) => {
    expect(rowOf(row, AT)).toEqual({ content: 'preference', pair });
  });
});

async function read(rows: AsyncGenerator<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
const CHAT = JSON.stringify({ prompt: 'q\ud800', completion: 'a' });

describe('a file', () => {
  test('of conversations keeps them as messages, whichever shape they had', async () => {
    const seen: DatasetContent[] = [];
    const rows = await read(
      jsonlRows([`${CHAT}\n\n{"messages":[]}\n${JSON.stringify({ messages: QA })}`], 'a', (c) => seen.push(c)),
    );
    expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual([
      { messages: [turn('user', 'q\uFFFD'), QA[1]] },
      { messages: QA },
    ]);
    expect(new Set(seen)).toEqual(new Set(['chat']));
  });

  test('names the row that is of another kind', async () => {
    await expect(read(jsonlRows([`${CHAT}\n\n{"text":"x"}`], 'a'))).rejects.toMatchObject({
      code: 'rows-mixed',
      facts: { file: 'a', line: 3, found: 'text', first: 'chat' },
    });
  });

  test('of JSON is an array of rows, however it is laid out, or lines', async () => {
    const pretty = JSON.stringify([{ prompt: 'q', completion: 'a' }, { messages: QA }], undefined, 2);
    expect(await read(jsonRows([pretty.slice(0, 9), pretty.slice(9)], 'a.json'))).toHaveLength(2);
    expect(await read(jsonRows(['{"text":"a"}\n{"text":"b"}\n'], 'a.json'))).toEqual(['a', 'b']);
    await expect(read(jsonRows(['{"data":[]}'], 'a.json'))).rejects.toMatchObject({ code: 'json-rows' });
    await expect(read(jsonRows(['[{"text":"a"}, 4]'], 'a.json'))).rejects.toMatchObject({
      code: 'jsonl-object',
      facts: { line: 2, found: '4' },
    });
  });
});
