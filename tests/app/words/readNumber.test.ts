import { describe, expect, test } from 'vitest';
import { formatFor } from '../../../src/app/words/format';
import { readNumber } from '../../../src/app/words/readNumber';

const STEPS = { min: 1, max: 1_000_000, integer: true };
const RATE = { min: -1e6, max: 1e6, integer: false };
const steps = (text: string) => readNumber(text, STEPS);
const rate = (text: string) => readNumber(text, RATE);

describe('a number as it is typed', () => {
  test.each([
    '2000',
    '2,000',
    '2 000',
    '2\u00a0000',
    '2\u202f000',
    '2’000',
    '２０００',
    '２，０００',
    '2e3',
    '0.2万',
    ' 2000 ',
    '2000.',
    '2,000.0',
  ])('%s is two thousand', (text) => expect(steps(text)).toEqual({ value: 2000 }));

  test.each([
    ['3e-4', 3e-4],
    ['０．３', 0.3],
    ['0。3', 0.3],
    ['0,125', 0.125],
    ['0,5', 0.5],
    [',5', 0.5],
    ['−1.5', -1.5],
    ['1.234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['100.000.5', undefined],
    ['3.4 万', 34_000],
    ['1 234,5', 1234.5],
  ])('%s is read as %s', (text, value) => expect(rate(text)).toEqual(value === undefined ? {} : { value }));

  test('a point before three digits has two readings, and both are offered', () => {
    expect(steps('2.000')).toEqual({ either: [2, 2000] });
    expect(rate('1.125')).toEqual({ either: [1.125, 1125] });
  });

  test('the range decides between two readings only for the one that the page writes', () => {
    expect(readNumber('1.125', { min: 0.01, max: 1000, integer: false })).toEqual({ value: 1.125 });
    expect(readNumber('1.125', STEPS)).toEqual({ either: [1125] });
    expect(readNumber('1,125', { min: 0.01, max: 1000, integer: false })).toEqual({ either: [1.125] });
  });

  test.each([
    '',
    ' ',
    'zwei',
    '-3',
    '0',
    '1e9',
    '1 2',
    '12 34',
    '2,00,000',
    '10²',
    '0x10',
    'Infinity',
    '1/2',
    '2 00',
    '--2',
    '2.5',
  ])('“%s” is no count of steps', (text) => expect(steps(text)).toEqual({}));

  test.each(['en', 'zh'] as const)('what the page writes in %s is read back', (language) => {
    const format = formatFor(language);
    for (const value of [2000, 12_345, 999_999]) {
      expect(steps(format.integer(value))).toEqual({ value });
      expect(steps(format.number(value, 9))).toEqual({ value });
    }
    expect(rate(format.rate(3e-4))).toEqual({ value: 3e-4 });
  });
});
