import { expect, test } from 'vitest';
import { keysInText, refuseRepeatedKeys } from '../../src/build/words.mjs';

test('keys of a file of words in order, twice where they stand twice', () => {
  const json = '{ "a": "say \\"b\\": {", "b\\n" : [{ "c": "}" }],"a":"x" }';
  expect(keysInText(json)).toEqual(['a', 'b\n', 'a']);
});

test('a key that stands twice is refused by its name, in one file and in two', () => {
  const [one, two] = [['en/a.json', '{"x": "1", "y": "2"}'] as const, ['en/b.json', '{"z": "1"}'] as const];
  expect(() => refuseRepeatedKeys([one, two])).not.toThrow();
  expect(() => refuseRepeatedKeys([one, ['en/b.json', '{"z": "1", "z": "2"}']])).toThrow('z stands twice in en/b.json');
  expect(() => refuseRepeatedKeys([one, ['en/b.json', '{"y": "1"}']])).toThrow(
    'y stands in en/a.json and in en/b.json',
  );
});
