import { describe, expect, test } from 'vitest';
import { formatFor } from '../../../src/app/words/format';

const plain = (text: string): string => text.replace(/\u00a0/g, ' ');

describe('numbers as a person reads them', () => {
  const en = formatFor('en');
  const zh = formatFor('zh');

  test('losses have three digits, unknown ones a dash', () => {
    expect(en.loss(2.31662)).toBe('2.317');
    expect([en.loss(999.4), zh.loss(25_951_338_059_812.832)]).toEqual(['999.400', '2.6e13']);
    expect(en.loss(undefined)).toBe('–');
    expect(en.loss(NaN)).toBe('–');
    expect(en.loss(Infinity)).toBe('∞');
  });

  test.each([
    [0, '0'],
    [999, '999'],
    [999.7, '1 k'],
    [1234, '1.23 k'],
    [999_600, '1 M'],
    [3_400_000, '3.4 M'],
  ])('compact %d', (value, text) => expect(plain(en.compact(value))).toBe(text));

  test('Chinese counts in ten thousands', () => expect(zh.compact(12_000)).toBe('1.2万'));

  test.each([
    [12, '12 B'],
    [412_345_678, '412 MB'],
    [999_900, '1 MB'],
  ])('bytes %d', (value, text) => expect(plain(en.bytes(value))).toBe(text));

  test.each([
    [200, '1 second', '1秒钟'],
    [80_000, '80 seconds', '80秒钟'],
    [95_000, '2 minutes', '2分钟'],
    [355_000, '6 minutes', '6分钟'],
    [7_200_000, '2 hours', '2小时'],
    [200_000_000, '2 days', '2天'],
  ])('about %d', (value, english, chinese) => {
    expect([plain(en.about(value)), zh.about(value)]).toEqual([english, chinese]);
  });

  test.each([
    [480, '480 ms', '480毫秒'],
    [59_700, '1 min 0 s', '1分0秒'],
    [200_000, '3 min 20 s', '3分20秒'],
    [3_599_900, '1 h 0 min', '1小时0分'],
    [90_061_000, '1 d 1 h', '1天1小时'],
  ])('duration %d', (value, english, chinese) => {
    expect(plain(en.duration(value))).toBe(english);
    expect(zh.duration(value)).toBe(chinese);
  });

  test.each([
    [3e-4, '3e-4'],
    [0.00125, '1.25e-3'],
    [0, '0'],
    [2, '2e0'],
  ])('rate %d', (value, text) => expect(en.rate(value)).toBe(text));

  test('shares and lists follow the language', () => {
    expect(en.percent(0.4123)).toBe('41.2%');
    expect(en.list(['a', 'b', 'c'])).toBe('a, b, and c');
    expect(zh.list(['a', 'b', 'c'])).toBe('a、b和c');
  });
});
