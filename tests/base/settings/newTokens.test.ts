import { expect, test } from 'vitest';
import {
  LONGEST_NEW_TOKEN,
  MOST_NEW_TOKENS,
  newTokensFault,
  newTokenTexts,
} from '../../../src/base/settings/newTokens';

test('a token stands in each line; empty lines behind the last one are none', () => {
  expect(newTokenTexts('')).toEqual([]);
  expect(newTokenTexts(' \n \n')).toEqual([]);
  expect(newTokenTexts('<|a|>\r\n<b>\n\n')).toEqual(['<|a|>', '<b>']);
  expect(newTokenTexts('<|a|>\n\n<b>')).toEqual(['<|a|>', '', '<b>']); // which is a fault, told with its line
});

test('the first fault of a list is told with its line', () => {
  const long = 'x'.repeat(LONGEST_NEW_TOKEN + 1);
  const many = Array.from({ length: MOST_NEW_TOKENS + 1 }, (_, i) => `<${i}>`);
  expect(newTokensFault([])).toBeUndefined();
  expect(newTokensFault(['<a>', 'x'.repeat(LONGEST_NEW_TOKEN), 'a b', ...many.slice(4)])).toBeUndefined();
  expect(newTokensFault(['<a>', ' '])).toEqual({ code: 'new-token-empty', facts: { line: 2 } });
  expect(newTokensFault(['<a> '])).toEqual({ code: 'new-token-blanks', facts: { line: 1, token: '<a> ' } });
  expect(newTokensFault(['<a>', '<b>', '<a>'])).toEqual({
    ...{ code: 'new-token-twice', facts: { line: 3, token: '<a>', before: 1 } },
  });
  expect(newTokensFault([long])).toEqual({
    ...{ code: 'new-token-long', facts: { line: 1, length: long.length, most: LONGEST_NEW_TOKEN } },
  });
  expect(newTokensFault(many)).toEqual({
    ...{ code: 'new-tokens-many', facts: { count: MOST_NEW_TOKENS + 1, most: MOST_NEW_TOKENS } },
  });
});
