// The lines of a log of a model in use, as docs/FORMATS.md shows them and the guides write them: no file of one name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/formats/json';
import { ShapeDetector } from '../../../src/formats/shapes/detect';
import { rowOf } from '../../../src/formats/text/conversations';
import { ROOT } from '../../sources';

const DOCUMENT = readFileSync(join(ROOT, 'docs/FORMATS.md'), 'utf8');
const LINES = /```jsonl\n(.*?)\n```/s
  .exec(DOCUMENT)![1]!
  .split('\n')
  .map((line) => JSON.parse(line) as JsonObject);

test('each line is a conversation that ends with the answer, with what is known of it beside it', () => {
  const rows = LINES.map((line, i) => rowOf(line, { file: 'log.jsonl', line: i + 1 }));
  expect(rows.map(({ row }) => row.content)).toEqual(['chat', 'chat', 'chat']);
  const texts = rows.map(({ row }) => JSON.stringify(row));
  for (const [i, answer] of ['Good day.', 'No.', 'there was a fox.'].entries()) expect(texts[i]).toContain(answer);
  for (const [i, { facts }] of rows.entries()) {
    const { time, model, version } = LINES[i]!;
    expect(facts).toMatchObject({ time, model, version });
  }
  expect(rows.map(({ facts }) => facts['label'])).toEqual([undefined, false, true]);
});

test('lines with thumbs are rows that thumbs train on', () => {
  const detector = new ShapeDetector();
  for (const [i, line] of LINES.slice(1).entries()) {
    const { used, row } = rowOf(line, { file: 'log.jsonl', line: i + 1 });
    detector.see(line, used, row.content);
  }
  expect(detector.mapping()!.shape).toBe('thumbs');
});
