import { expect, test } from 'vitest';
import type { EvaluatedRow, EvaluationRecord, RowFound } from '../../../src/base/records/evaluation';
import { metricRow, type EvaluatedTable } from '../../../src/studio/evaluate/evaluatedTable';
import { metricLines } from '../../../src/studio/evaluate/metricLines';

const said = (text: string): RowFound => ({ part: 'generation', text, tokens: 2, seconds: 1, stoppedBy: 'end' });

function tableOf(
  texts: readonly string[],
  row: Partial<EvaluatedRow>,
  patch: Partial<EvaluationRecord> = {},
): EvaluatedTable {
  const record: EvaluationRecord = {
    ...{ id: 'e', name: 'e', createdAt: 1, updatedAt: 1, models: [{ weightsId: 'w', name: 'm', writing: 'template' }] },
    ...{ from: { kind: 'dataset', datasetId: 'd', name: 'd' }, parts: ['generation'] },
    ...{ mostRows: 9, longestAnswer: 1, seed: 1, total: 1, done: 1 },
    ...patch,
  };
  const rows = texts.map((_, place) => ({
    ...{ set: 'asked' as const, place, group: place, slices: { characters: 1 } },
    ...{ asked: [{ role: 'user' as const, content: 'q' }], answer: [{ role: 'assistant' as const, content: '42' }] },
    ...row,
  }));
  return { record, rows, found: [texts.map((text) => ({ generation: said(text) }))] };
}

/** Values of the first model by metric. */
const values = (table: EvaluatedTable): Record<string, number | null | undefined> =>
  Object.fromEntries(
    metricLines(table, 'generation', [...table.rows.keys()]).map(({ key, values: [value] }) => [key, value]),
  );

test('an answer is read beside that of its row', () => {
  expect(values(tableOf(['42', 'It is 42.'], {}))).toMatchObject({ exactMatch: 0.5, contains: 1 });
  expect(values(tableOf(['42'], {}))).not.toHaveProperty('regex');
});

test('a mean has an interval of its own, by the groups of its rows', () => {
  const table = tableOf(['42', 'no', '42', 'no', '42', '42'], {});
  const exact = (of: EvaluatedTable) =>
    metricLines(of, 'generation', [...of.rows.keys()]).find(({ key }) => key === 'exactMatch')!.intervals[0]!;
  const { low, high } = exact(table);
  expect((low + high) / 2).toBeCloseTo(4 / 6, 12);
  const paired = { ...table, rows: table.rows.map((row, i) => ({ ...row, group: Math.floor(i / 2) })) };
  expect(exact(paired)).not.toEqual({ low, high });
  const lines = metricLines(table, 'generation', [...table.rows.keys()]);
  expect(lines.find(({ key }) => key === 'bleu')!.intervals).toEqual([null]);
});

test('what the evaluation expects of each answer is scored', () => {
  const expected = { contains: 'ab', pattern: '^\\{', schema: '{"type":"object","required":["a"]}' };
  const found = values(tableOf(['{"a":1}', '{"ab":1}', 'ab'], {}, { expected }));
  expect(found['contains']).toBeCloseTo(2 / 3, 12);
  expect(found['regex']).toBeCloseTo(2 / 3, 12);
  expect(found['jsonSchema']).toBeCloseTo(1 / 3, 12);
  expect(values(tableOf(['{}'], {}, { expected: { schema: '{' } }))).not.toHaveProperty('jsonSchema');
});

test('calls are compared where the model’s template writes them', () => {
  const answer = [
    { role: 'assistant' as const, content: '', toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] },
  ];
  const texts = [
    '<tool_call>{"name": "weather", "arguments": {"city": "Oslo"}}</tool_call>',
    '<tool_call>{"name": "weather", "arguments": {"city": "Rome"}}</tool_call>',
    'In Oslo it rains.',
  ];
  const calls = {
    ...{ kind: 'object' as const, name: 'name', arguments: 'arguments' },
    ...{ open: '<tool_call>', close: '</tool_call>' },
  };
  const models = [{ weightsId: 'w', name: 'm', writing: 'template' as const, calls }];
  expect(values(tableOf(texts, { answer }, { models }))['callMatch']).toBeCloseTo(1 / 3, 12);
  expect(values(tableOf(texts, { answer }))).not.toHaveProperty('callMatch');
  expect(values(tableOf(texts, {}, { models }))).not.toHaveProperty('callMatch');
});

test('the model that others are measured against has no rewards itself', () => {
  const sums = (nats: number) => ({
    ...{ nats, tokens: 2, bytes: 2, words: 1, correct: 0, written: { characters: 2, bytes: 2 } },
  });
  const pair: RowFound = { part: 'preference', chosen: sums(2), rejected: sums(3) };
  const table = tableOf(['', ''], {});
  const models = [table.record.models[0]!, table.record.models[0]!];
  const two = {
    ...table,
    record: { ...table.record, models },
    found: [[{ preference: pair }], [{ preference: pair }]],
  };
  expect(metricRow(two, 'preference', 0, 0)).not.toHaveProperty('reference');
  expect(metricRow(two, 'preference', 1, 0)).toMatchObject({ reference: { chosen: -2, rejected: -3, beta: 0.1 } });
});
