import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Expectation } from '../../../src/base/records/checks';
import { faultOf, judged } from '../../../src/data/expectations/expectation';
import { isSteadyPattern } from '../../../src/base/steadyPattern';
import { treebankWords } from '../../../src/data/expectations/unigramOverlap';

interface Golden {
  outputs: string[];
  outcomes: (Partial<Expectation> & Pick<Expectation, 'type'> & { made: [passed: boolean, score?: number][] })[];
}
/** Made by promptfoo: tests/fixtures/promptfoo_checks.mjs. */
const GOLDEN = JSON.parse(readFileSync('tests/fixtures/promptfoo/outcomes.json', 'utf8')) as Golden;

test('every expectation is met where promptfoo passes it, with its score', () => {
  const differ = GOLDEN.outcomes.flatMap(({ made, value = '', ...rest }) =>
    GOLDEN.outputs.flatMap((output, i) => {
      const { met, score } = judged({ value, ...rest }, output);
      const [passed, theirs] = made[i]!;
      const isSame = met === passed && (theirs === undefined || Math.abs(score! - theirs) < 1e-12);
      return isSame ? [] : [{ ...rest, value, output, met, score, made: made[i] }];
    }),
  );
  expect(differ).toEqual([]);
  expect(GOLDEN.outcomes.length).toBeGreaterThan(150);
});

test('words are cut as the Penn Treebank does, with what stands in quotes', () => {
  expect(treebankWords('He said "no": they\'ll pay $3,000.50 (cannot wait)...')).toEqual([
    ...[
      'He',
      'said',
      '``',
      'no',
      "''",
      ':',
      'they',
      "'ll",
      'pay',
      '$',
      '3,000.50',
      '(',
      'can',
      'not',
      'wait',
      ')',
      '...',
    ],
  ]);
});

test.each([
  [{ type: 'contains', value: '' }, 'empty'],
  [{ type: 'contains-any', value: '', values: [''] }, 'empty'],
  [{ type: 'equals', value: '' }, undefined],
  [{ type: 'regex', value: '(' }, 'pattern'],
  [{ type: 'regex', value: '(a+)+b' }, 'pattern'],
  [{ type: 'is-json', value: '[1]' }, 'schema'],
  [{ type: 'is-json', value: '' }, undefined],
  [{ type: 'rouge-n', value: 'a', threshold: 2 }, 'threshold'],
] as [Expectation, string | undefined][])('%o is told as %s', (expectation, fault) => {
  expect(faultOf(expectation)).toBe(fault);
});

test.each(['(a+)+', '(a|a)*b', '(a|b*)*', '(.*)(\\1)', '([a-z]+\\s?)*!', '(?:x+){2,}', '((ab)+c)*', '(a|.)+'])(
  'a pattern that may go back and forth for ever is refused: %s',
  (pattern) => expect(isSteadyPattern(pattern)).toBe(false),
);
test.each(['^\\d{4}-\\d{2}$', '[Pp]aris\\b', '(foo|bar)+', 'a+b*c', '^(yes|no)\\.?$', '\\(\\d+\\)+'])(
  'a pattern that ends is taken: %s',
  (pattern) => expect(isSteadyPattern(pattern)).toBe(true),
);
