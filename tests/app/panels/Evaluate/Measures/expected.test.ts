import { expect, test } from 'vitest';
import {
  expectedOf,
  isPattern,
  isSchemaText,
  NOTHING_EXPECTED,
} from '../../../../../src/app/panels/Evaluate/Measures/expected';

test('nothing typed asks nothing', () => {
  expect(expectedOf(NOTHING_EXPECTED)).toBeUndefined();
  expect(expectedOf({ ...NOTHING_EXPECTED, schema: ' \n' })).toBeUndefined();
});

test('what was typed is asked, and what is broken is not', () => {
  const typed = { contains: ' km', pattern: '^\\d+', schema: '{"type": "object"}' };
  expect(expectedOf(typed)).toEqual(typed);
  expect(expectedOf({ ...typed, pattern: '(', schema: '{' })).toEqual({ contains: ' km' });
});

test.each([
  ['', true],
  ['a|b', true],
  ['(', false],
  ['(a+)+$', false],
  ['\\p{Han}', false],
  ['\\p{Script=Han}', true],
])('a pattern: %s', (text, wanted) => {
  expect(isPattern(text)).toBe(wanted);
});

test.each([
  ['', true],
  ['true', true],
  ['{"type": "string"}', true],
  ['[]', false],
  ['null', false],
  ['"type"', false],
  ['{type: 1}', false],
])('a schema: %s', (text, wanted) => {
  expect(isSchemaText(text)).toBe(wanted);
});
