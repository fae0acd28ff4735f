import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LABEL_FILES } from '../../../src/base/wire/labels';
import type { FileTask, LabelledRow } from '../../../src/formats/labels/label';
import { LABEL_FORMATS, readLabels } from '../../../src/formats/labels/labelFormats';

const golden = (name: string) => readLabels(readFileSync(`tests/fixtures/labels/${name}`, 'utf8'), name);
const task = (patch: Partial<FileTask>): FileTask => ({ kind: 'classes', guidelines: '', ...patch });

/** The wave is one code point and two UTF-16 units. */
const WAVE = '🌊 The Iona left Oban.';
const SPANS = [
  { start: 7, end: 11, label: 'SHIP' },
  { start: 17, end: 21, label: 'PLACE' },
];
const marked = (spans: readonly { start: number; end: number }[]): string[] =>
  spans.map(({ start, end }) => WAVE.slice(start, end));

describe('files of other tools are read', () => {
  test('Label Studio: choices, rating, stretches of either count, a pair, what an older version wrote', () => {
    const { of, labels } = golden('label-studio.json');
    expect(of).toBe('label-studio');
    const [calm, ship, pair, fixed, none] = labels.map(({ answer }) => answer);
    expect(calm).toEqual({ choices: ['calm'], rating: 4 });
    expect(ship).toEqual({ spans: SPANS }); // the first in code points, the second in UTF-16 units, the third nowhere
    expect(pair).toEqual({ better: 'second' });
    expect(labels[2]?.pairs).toContainEqual(['At noon.', 'No idea.', 'second']);
    expect(fixed).toEqual({ choices: ['fix'], texts: ['An old task.'] });
    expect(none).toEqual({});
  });

  test('doccano: classes, stretches in UTF-16 units, entities beside relations', () => {
    const { of, labels } = golden('doccano.jsonl');
    expect(of).toBe('doccano');
    expect(labels.map(({ answer }) => answer)).toEqual([
      { choices: ['calm'] },
      { choices: ['rough'] },
      { spans: SPANS },
      { spans: [{ start: 4, end: 8, label: 'SHIP' }] },
      { choices: ['4'], rating: 4 },
    ]);
  });

  test('Argilla: responses before suggestions, stretches in code points, ranks, version 1', () => {
    const { of, labels } = golden('argilla.json');
    expect(of).toBe('argilla');
    expect(labels.map(({ answer }) => answer)).toEqual([
      { choices: ['calm'], rating: 4 },
      { spans: SPANS },
      { better: 'second' },
      { choices: ['rough'] },
      { choices: ['calm', 'cold'] },
    ]);
  });

  test('OpenAI: the answer is the class; the better of two stands first', () => {
    const { of, labels } = golden('openai.jsonl');
    expect(of).toBe('openai');
    expect(labels.map(({ texts, answer }) => [texts, answer])).toEqual([
      [['Fog by noon, no wind.'], { choices: ['calm'] }],
      [['A gale from the west.'], { choices: ['rough', 'cold'] }],
      [[], { better: 'first' }],
    ]);
    expect(labels[2]?.pairs).toEqual([
      ['At noon.', 'No idea.', 'first'],
      ['No idea.', 'At noon.', 'second'],
    ]);
  });
});

describe('what is written', () => {
  const at = Date.UTC(2026, 2, 9, 22, 16, 8, 728);
  const row = (patch: Partial<LabelledRow>): LabelledRow => ({
    ...{ row: 3, text: WAVE, asked: [{ role: 'user', content: WAVE }], answer: {}, at, took: 4288 },
    ...patch,
  });
  const pair = row({
    ...{ text: 'When?', asked: [{ role: 'user', content: 'When?' }], answers: ['At noon.', 'No idea.'] },
    answer: { better: 'second' },
  });

  test('Label Studio', () => {
    const written = JSON.parse(
      LABEL_FORMATS['label-studio'].write([row({ answer: { spans: SPANS } }), pair], task({ kind: 'spans' }))!,
    ) as object[];
    expect(written[0]).toEqual({
      data: { text: WAVE, row: 3 },
      annotations: [
        {
          result: [
            {
              ...{ id: 'r3-0', from_name: 'label', to_name: 'text', type: 'labels', origin: 'manual' },
              value: { start: 6, end: 10, text: 'Iona', labels: ['SHIP'] },
            },
            {
              ...{ id: 'r3-1', from_name: 'label', to_name: 'text', type: 'labels', origin: 'manual' },
              value: { start: 16, end: 20, text: 'Oban', labels: ['PLACE'] },
            },
          ],
          ...{ was_cancelled: false, ground_truth: false, created_at: '2026-03-09T22:16:08.728Z', lead_time: 4.288 },
        },
      ],
      predictions: [],
    });
    expect(written[1]).toMatchObject({
      data: { text: 'When?', text1: 'At noon.', text2: 'No idea.' },
      annotations: [{ result: [{ type: 'pairwise', value: { selected: 'right' } }] }],
    });
  });

  test('doccano', () => {
    const rows = [row({ answer: { spans: SPANS } }), row({ answer: { choices: ['calm', 'cold'] } })];
    const lines = LABEL_FORMATS.doccano.write(rows, task({}))!.split('\n');
    expect(lines.slice(0, 2).map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        ...{ id: 3, text: WAVE },
        label: [
          [7, 11, 'SHIP'],
          [17, 21, 'PLACE'],
        ],
      },
      { id: 3, text: WAVE, label: ['calm', 'cold'] },
    ]);
  });

  test('Argilla', () => {
    const user_id = '00000000-0000-0000-0000-000000000000';
    const one = (answer: LabelledRow['answer'], patch: Partial<FileTask> = {}, of: Partial<LabelledRow> = {}) =>
      (JSON.parse(LABEL_FORMATS.argilla.write([row({ answer, ...of })], task(patch))!) as { responses: object }[])[0]!;
    expect(one({ choices: ['calm'] })).toEqual({
      ...{ id: '3', fields: { text: WAVE }, metadata: { row: 3 }, suggestions: {}, vectors: {} },
      responses: { label: [{ value: 'calm', user_id }] },
    });
    expect(one({ choices: ['calm'] }, { several: true }).responses).toEqual({ label: [{ value: ['calm'], user_id }] });
    expect(one({ spans: SPANS }).responses).toEqual({
      spans: [
        {
          value: [
            { start: 6, end: 10, label: 'SHIP' },
            { start: 16, end: 20, label: 'PLACE' },
          ],
          user_id,
        },
      ],
    });
    expect(one({ better: 'second' }, { kind: 'better' }, { answers: ['a', 'b'] })).toMatchObject({
      fields: { first: 'a', second: 'b' },
      responses: {
        better: [
          {
            value: [
              { value: 'first', rank: 2 },
              { value: 'second', rank: 1 },
            ],
          },
        ],
      },
    });
  });

  test('OpenAI: classes, preferences without ties, no stretches', () => {
    const { write } = LABEL_FORMATS.openai;
    expect(write([row({ answer: { choices: ['calm'] } })], task({ guidelines: 'Go by the wind.' }))).toBe(
      `{"messages":[{"role":"system","content":"Go by the wind."},{"role":"user","content":"${WAVE}"},{"role":"assistant","content":"calm"}]}\n`,
    );
    const tie = { ...pair, answer: { better: 'tie' as const } };
    expect(write([pair, tie], task({ kind: 'better' }))).toBe(
      '{"input":{"messages":[{"role":"user","content":"When?"}],"tools":[],"parallel_tool_calls":true},"preferred_output":[{"role":"assistant","content":"No idea."}],"non_preferred_output":[{"role":"assistant","content":"At noon."}]}\n',
    );
    expect(write([row({ answer: { spans: SPANS } })], task({ kind: 'spans' }))).toBeUndefined();
  });

  const answers: [string, Partial<FileTask>, LabelledRow['answer']][] = [
    ['a class', {}, { choices: ['calm'] }],
    ['several classes', { several: true }, { choices: ['calm', 'cold'] }],
    ['keep', { kind: 'keep' }, { choices: ['keep'] }],
    ['fix', { kind: 'keep' }, { choices: ['fix'], texts: ['Mended.', 'Twice.'] }],
    ['a rating', { kind: 'rating' }, { rating: 5 }],
    ['stretches', { kind: 'spans' }, { spans: SPANS }],
    ['no stretch', { kind: 'spans' }, { spans: [] }],
    ['the first', { kind: 'better' }, { better: 'first' }],
    ['the second', { kind: 'better' }, { better: 'second' }],
    ['a tie', { kind: 'better' }, { better: 'tie' }],
  ];
  test.each(answers)('%s comes back from each tool that has it', (what, patch, answer) => {
    for (const name of LABEL_FILES) {
      const lost = name === 'openai' && ['fix', 'stretches', 'no stretch', 'a tie'].includes(what);
      const text = LABEL_FORMATS[name].write([{ ...(patch.kind === 'better' ? pair : row({})), answer }], task(patch));
      if (lost) continue;
      const { of, labels } = readLabels(text!, name);
      expect([of, labels.length]).toEqual([name, 1]);
      const found = labels[0]!;
      if (patch.kind === 'better') expect(found.pairs, name).toContainEqual(['At noon.', 'No idea.', answer.better]);
      // what doccano has of a row without stretches, it has of rows that nobody labelled too
      else if (what === 'no stretch' && name === 'doccano') expect(found.answer, name).toEqual({});
      else expect(found.answer, name).toMatchObject(answer);
    }
  });
});

describe('files that hold no labels', () => {
  test.each([
    ['rows without labels', '{"text": "a"}\n', 'label-file-unknown'],
    ['a list of numbers', '[1, 2]', 'label-file-unknown'],
    ['nothing', ' \n', 'label-file-unknown'],
    ['half a list', '[{"data": {', 'json-syntax'],
    ['a broken line', '{"text": "a", "label": "b"}\n{"text": \n', 'jsonl-line'],
    ['very deep', '['.repeat(100), 'json-deep'],
  ])('%s', (_what, text, code) => {
    expect(() => readLabels(text, 'labels.json')).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('odd values are no answers, and break nothing', () => {
    const odd = [
      {
        data: { text: 'a' },
        annotations: [null, { result: [null, { type: 'choices', value: 3 }, { type: 'labels' }] }],
      },
      { data: { text: 'a' }, annotations: 'x' },
      {
        data: { text: 'a' },
        annotations: [{ result: [{ type: 'labels', value: { start: -1, end: 1e9, labels: 7 } }] }],
      },
    ];
    expect(readLabels(JSON.stringify(odd), 'x').labels.map(({ answer }) => answer.spans ?? [])).toEqual([[], [], []]);
    const lines = [
      '{"text": "a", "label": [[1, "x"], null, [0, 9, 9]]}',
      '{"text": "a", "label": null}',
      '{"text": "a", "label": [null]}',
    ];
    expect(readLabels(lines.join('\n'), 'x').labels[0]?.answer.spans).toEqual([]);
  });
});

test('the marks of the goldens are where the words are', () => {
  expect(marked(SPANS)).toEqual(['Iona', 'Oban']);
});

test.each([
  ['lists behind each other', (rows: string[]) => `[${rows[0]}]\n\uFEFF[${rows[1]}]`],
  ['lines that end in \\r', (rows: string[]) => rows.join('\r')],
  ['lines behind a mark and blanks', (rows: string[]) => `\uFEFF\n \n${rows.join('\n')}\n`],
  ['a list with NaN, as Python writes it', (rows: string[]) => `[${rows.join(',')}, {"text": NaN}]`],
])('%s are records', (_name, joined) => {
  const rows = ['a', 'b'].map((text) => JSON.stringify({ text, label: [[0, 1, 'X']] }));
  expect(readLabels(joined(rows), 'x')).toMatchObject({ of: 'doccano', labels: [{}, {}] });
});

test('a file that is no JSON is told as that, not as a faulty first line', () => {
  expect(() => readLabels('{"text": "a",\n "label": [\n', 'x')).toThrow(/json-syntax/);
  expect(() => readLabels('{"text": "a"}\n{"text": }\n', 'x')).toThrow(/jsonl-line/);
});
