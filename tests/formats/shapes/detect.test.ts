import { expect, test } from 'vitest';
import type { RowShape } from '../../../src/base/records/mapping';
import type { JsonObject } from '../../../src/formats/json';
import { ShapeDetector } from '../../../src/formats/shapes/detect';
import { rowOf } from '../../../src/formats/text/conversations';

function detected(rows: readonly JsonObject[]) {
  const detector = new ShapeDetector();
  for (const [i, row] of rows.entries()) {
    const { used, row: read } = rowOf(row, { file: 'a', line: i + 1 });
    detector.see(row, used, read.content);
  }
  return detector.mapping();
}
const turns = [
  { role: 'user', content: 'q' },
  { role: 'assistant', content: 'a' },
];

test.each<[RowShape, JsonObject]>([
  ['messages', { messages: turns }],
  ['turns', { instruction: 'q', output: 'a' }],
  ['questions', { prompt: 'q', answer_key: 'a' }],
  ['preference', { prompt: 'q', chosen: 'a', rejected: 'b' }],
  ['thumbs', { prompt: 'q', completion: 'a', label: true }],
  ['thumbs', { messages: turns, label: false }],
  ['thumbs', { prompt: 'q', completion: 'a', label: '0' }],
  ['thumbs', { prompt: 'q', response: 'a', thumbs: 'down' }],
  ['thumbs', { prompt: 'q', response: 'a', thumbs: '👍' }],
  ['turns', { prompt: 'q', completion: 'a', label: 'calm' }],
  ['classification', { text: 'a', label: 3 }],
  ['scored', { text: 'a', score: 0.5 }],
  ['text', { text: 'a', url: 'x' }],
])('%s: %j', (shape, row) => {
  expect(detected([row, row])!.shape).toBe(shape);
});

test('a column is told by what most rows use it for, whole, with the first rows in it', () => {
  const long = 'x'.repeat(500);
  const mapping = detected([
    { Question: 'q', Response: long, 'a column with a long name': 1 },
    { Question: 'r', Response: 'b', extra: { a: 1 } },
  ])!;
  expect(mapping.columns).toEqual([
    { column: 'Question', use: 'question' },
    { column: 'Response', use: 'answer' },
    { column: 'a column with a long name', use: 'fact' },
    { column: 'extra', use: 'fact' },
  ]);
  expect(mapping.samples[0]!.map((text) => text.length)).toEqual([1, 161, 1, 0]);
  expect(mapping.samples[1]).toEqual(['r', 'b', '', '{"a":1}']);
});

test('nothing was seen: no mapping', () => {
  expect(detected([])).toBeUndefined();
});
