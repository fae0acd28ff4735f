import { expect, test } from 'vitest';
import { jsonSchema } from '../../../../src/data/metrics/generation/jsonSchema';

const score = (answer: string, schema?: unknown): number | undefined =>
  jsonSchema.statsOf({ answer, references: [], ...(schema !== undefined && { schema }) })?.[0];

const PERSON = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1 }, age: { type: 'integer', minimum: 0 } },
  additionalProperties: false,
};

test.each([
  ['{"name": "Ada", "age": 36}', 1],
  ['```json\n{"name": "Ada"}\n```', 1],
  [' {"name": "Ada"}\n', 1],
  ['{"name": ""}', 0],
  ['{"age": 36}', 0],
  ['{"name": "Ada", "age": 36.5}', 0],
  ['{"name": "Ada", "town": "London"}', 0],
  ['{"name": "Ada"', 0],
  ['Sure! {"name": "Ada"}', 0],
  ['[]', 0],
  ['', 0],
])('%s is %d', (answer, wanted) => {
  expect(score(answer, PERSON)).toBe(wanted);
});

test('the draft is the one that the schema names', () => {
  const draft4 = {
    $schema: 'http://json-schema.org/draft-04/schema#',
    type: 'integer',
    maximum: 3,
    exclusiveMaximum: true,
  };
  expect([score('2', draft4), score('3', draft4)]).toEqual([1, 0]);
  const newer = { type: 'array', prefixItems: [{ const: 'a' }], items: { type: 'number' } };
  expect([score('["a", 1]', newer), score('["a", "b"]', newer)]).toEqual([1, 0]);
});

test('true allows all JSON, and what is no schema scores nothing', () => {
  expect([score('1', true), score('x', true)]).toEqual([1, 0]);
  for (const schema of [undefined, 'object', [], null, { $ref: '#/nowhere' }, { type: 'string', pattern: '(' }])
    expect(score('"a"', schema)).toBeUndefined();
});
