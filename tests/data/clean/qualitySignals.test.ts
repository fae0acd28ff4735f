// The signals of repetition are those of datatrove, by values that tests/fixtures/quality.py wrote.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { signalsOf, wordsIn } from '../../../src/data/clean/qualitySignals';

interface Case {
  text: string;
  signals: Record<string, number>;
}
const CASES = JSON.parse(readFileSync('tests/fixtures/goldens/quality.json', 'utf8')) as Case[];

test('repetition as datatrove measures it', () => {
  expect(CASES).toHaveLength(24);
  for (const { text, signals } of CASES) {
    const ours: Record<string, number> = { ...signalsOf(text) };
    for (const [name, value] of Object.entries(signals))
      expect(ours[name], `${name} of ${text}`).toBeCloseTo(value, 12);
  }
  expect(CASES.some(({ signals }) => signals['repeated10']! > 0)).toBe(true);
});

test('what is hardly text', () => {
  expect(signalsOf('# a # b ...').symbols).toBeCloseTo(2 / 5);
  expect(signalsOf('- a\n• b\nc.')).toMatchObject({ bullets: 2 / 3, shortLines: 1, openLines: 2 / 3, brokenOff: 0 });
  expect(signalsOf('It went on…\nand on and')).toMatchObject({ ellipses: 0.5, openLines: 0.5, brokenOff: 1 });
  expect(signalsOf('12 34 ab').noLetters).toBeCloseTo(2 / 3);
  expect(signalsOf('')).toMatchObject({ top2: 0, bullets: 0, brokenOff: 0 });
});

test('characters are the words of scripts without blanks', () => {
  expect(wordsIn('我们 row 回家')).toEqual(['我', '们', 'row', '回', '家']);
});
