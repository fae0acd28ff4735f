import { describe, expect, test } from 'vitest';
import { rowOf } from '../../../src/formats/text/conversations';
import type { JsonObject } from '../../../src/formats/json';
import type { RowBatch } from '../../../src/formats/text/format';
import { jsonRows, jsonlRows } from '../../../src/formats/text/jsonl';
import { RowNotes } from '../../../src/formats/text/rowNotes';
import { flat } from '../helpers';

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
    ['an empty instruction', { instruction: '', input: 'q', output: 'a' }, QA],
    [
      'an instruction with input and context',
      { instruction: 'q', input: 'x', context: ['y', 'z'], output: 'a' },
      [turn('user', 'q\nx\ny\nz'), QA[1]],
    ],
    ['digits', { question: 6, answer: 42 }, [turn('user', '6'), turn('assistant', '42')]],
    ['messages as JSON text', { messages: JSON.stringify(QA) }, QA],
    ['a system prompt', { system_prompt: 's', question: 'q', response: 'a' }, [turn('system', 's'), ...QA]],
    ['an empty system prompt', { system_prompt: '', question: 'q', response: 'a' }, QA],
    ['history as messages', { instruction: 'q', output: 'a', history: QA }, [...QA, ...QA]],
    [
      'a prompt of several turns, of which only the completion is trained',
      { prompt: [...QA, QA[0]], completion: [QA[1]] },
      [QA[0], { ...QA[1], weight: 0 }, ...QA],
    ],
    ...[false, 0, 'False', 'no', '0'].flatMap((no): [string, JsonObject, object[]][] => [
      [
        `a bad answer: ${JSON.stringify(no)}`,
        { prompt: 'q', completion: 'a', label: no },
        [QA[0]!, { ...QA[1], weight: 0 }],
      ],
      ...['weight', 'train', 'trainable', 'loss'].flatMap((mark): [string, JsonObject, object[]][] => [
        [
          `${mark}: ${JSON.stringify(no)}`,
          { messages: [QA[0], { ...QA[1], [mark]: no }] },
          [QA[0]!, { ...QA[1], weight: 0 }],
        ],
        [`a row of ${mark}: ${JSON.stringify(no)}`, { messages: QA, [mark]: no }, [QA[0]!, { ...QA[1], weight: 0 }]],
      ]),
    ]),
    ['a good answer', { prompt: 'q', completion: 'a', label: 1 }, QA],
    ['a bad answer', { prompt: 'q', completion: 'a', label: false }, [QA[0], { ...QA[1], weight: 0 }]],
  ])('%s', (_name, row, messages) => {
    expect(rowOf(row, AT).row).toEqual({ content: 'chat', messages });
  });

  test.each([
    [
      { messages: [turn('user', 'q'), { role: 'assistant' }] },
      'row-value',
      { ...AT, field: 'messages[2].content', found: '–' },
    ],
    [
      { messages: [QA] },
      'jsonl-message',
      { ...AT, index: 1, found: '[{"role":"user","content":"q"},{"role":"assistant","content…' },
    ],
    [{ conversation: [{ human: 'q' }] }, 'jsonl-message', { ...AT, index: 1, found: '{"human":"q"}' }],
    [{ prompt: 'q', completion: null }, 'row-value', { ...AT, field: 'completion', found: 'null' }],
    [{ question: 'q', answer: true }, 'row-value', { ...AT, field: 'answer', found: 'true' }],
    [{ instruction: 'q', output: ['a', 'b'] }, 'row-value', { ...AT, field: 'output', found: '["a","b"]' }],
    [{ text: 2 ** 60 }, 'row-value', { ...AT, field: 'text', found: String(2 ** 60) }],
    [
      { messages: [turn('user', 'q'), { ...QA[1], loss: 'perhaps' }] },
      'row-weight',
      { ...AT, field: 'messages[2].loss', found: '"perhaps"' },
    ],
    ...[1e39, 1e-39, -1, '1e400'].map((weight): [JsonObject, string, object] => [
      { messages: [{ ...QA[1], weight }] },
      'row-weight',
      { ...AT, field: 'messages[1].weight', found: typeof weight === 'string' ? `"${weight}"` : String(weight) },
    ]),
    ...[1e5, 1e-5].map((mark): [JsonObject, string, object] => [
      { messages: [{ ...QA[1], weight: mark, loss_scale: mark }] },
      'row-weight',
      { ...AT, field: 'messages[1].weight × messages[1].loss_scale', found: String(mark * mark) },
    ]),
    ...[null, undefined, '', 'I look.'].map((content): [JsonObject, string, object] => [
      { messages: [turn('user', 'q'), { role: 'assistant', content, tool_calls: [{ id: 'c' }] }] },
      'row-tools',
      { ...AT, index: 2, field: 'tool_calls', found: '[{"id":"c"}]' },
    ]),
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
    expect(rowOf(row, AT).row).toEqual({ content: 'preference', pair });
  });
});

const read = async (rows: AsyncGenerator<RowBatch>): Promise<string[]> => (await flat(rows)).map(({ row }) => row);

const CHAT = JSON.stringify({ prompt: 'q\ud800', completion: 'a' });

describe('a file', () => {
  test('of conversations keeps them as messages, whichever shape they had', async () => {
    const notes = new RowNotes();
    const rows = await read(jsonlRows([`${CHAT}\n\n{"messages":[]}\n${JSON.stringify({ messages: QA })}`], 'a', notes));
    expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual([
      { messages: [turn('user', 'q\uFFFD'), QA[1]] },
      { messages: QA },
    ]);
    expect([notes.content, notes.report()]).toMatchObject(['chat', { blank: 1, aside: 0 }]);
  });

  test('sets aside what cannot be read, with its reason, and goes on', async () => {
    const notes = new RowNotes();
    const lines = [CHAT, '', '{"text":"x"}', '{"prompt":', '{"prompt":"q","completion":null}', CHAT];
    expect(await read(jsonlRows([lines.join('\n')], 'a', notes))).toHaveLength(2);
    const { first, aside } = notes.report()!;
    expect([aside, first.map(({ code, facts }) => [code, facts['line']])]).toEqual([
      3,
      [
        ['rows-mixed', 3],
        ['jsonl-line', 4],
        ['row-value', 5],
      ],
    ]);
  });

  test('whose rows are all unreadable says why of the first', async () => {
    await expect(read(jsonlRows(['4\n{"a":'], 'a'))).rejects.toMatchObject({
      code: 'jsonl-object',
      facts: { line: 1 },
    });
  });

  test('names what was not read, and counts blank texts and flattened conversations', async () => {
    const notes = new RowNotes();
    const rows = [{ text: 'a', id: 7 }, { text: null }, { messages: [{ ...QA[0], mood: 'glad' }], tools: 'none' }];
    const lines = rows.map((row) => JSON.stringify(row)).join('\n');
    expect(await read(jsonlRows([lines], 'a', notes))).toEqual(['a', 'user: q']);
    expect(notes.report()).toEqual({
      ...{ aside: 0, first: [], blank: 1, flattened: 1 },
      unread: [],
      kept: ['id', 'tools', 'messages.mood'].map((field) => ({ field, rows: 1 })),
    });
  });

  test.each([
    ['one line', '{"text":"a"}', ['a']],
    ['a line separator in a text', '{"text":"a\u2028"}\n{"text":"b"}', ['a\u2028', 'b']],
    ['ends of \\r', '{"text":"a"}\r{"text":"b"}', ['a', 'b']],
    ['a mark before a later line', '{"text":"a"}\n\uFEFF{"text":"b"}', ['a', 'b']],
    ['a list over several lines', '[\n {"text":"a"},\n {"text":"b"}\n]', ['a', 'b']],
    ['a list on one line', '[{"text":"a"}]', ['a']],
    ['joined lists', '\uFEFF[{"text":"a"}]\n\uFEFF[{"text":"b"}]', ['a', 'b']],
    ["Python's numbers", '{"text":"a","p":NaN}\n{"text":"NaN","q":-Infinity}', ['a', 'NaN']],
  ])('with %s is read alike as .json and .jsonl', async (_name, text, rows) => {
    expect(await read(jsonRows([text], 'a.json'))).toEqual(rows);
    expect(await read(jsonlRows([text], 'a.jsonl'))).toEqual(rows);
  });

  test('that wraps its rows gives them', async () => {
    const wrapped = JSON.stringify({ version: 1, data: [{ text: 'a' }] }, undefined, 1);
    expect(await read(jsonRows([wrapped], 'a.json'))).toEqual(['a']);
  });

  test('of JSON is an array of rows, however it is laid out, or lines', async () => {
    const pretty = JSON.stringify([{ prompt: 'q', completion: 'a' }, { messages: QA }], undefined, 2);
    expect(await read(jsonRows([pretty.slice(0, 9), pretty.slice(9)], 'a.json'))).toHaveLength(2);
    expect(await read(jsonRows(['{"text":"a"}\n{"text":"b"}\n'], 'a.json'))).toEqual(['a', 'b']);
    await expect(read(jsonRows(['{"data":[]}'], 'a.json'))).rejects.toMatchObject({ code: 'json-rows' });
    expect(await read(jsonRows(['[{"text":"a"}, 4]'], 'a.json'))).toEqual(['a']);
  });
});
