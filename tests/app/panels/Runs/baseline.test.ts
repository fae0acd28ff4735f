import { runRecord } from '../../fakes';
import { overwriteGetLocale } from '../../../../src/app/words/generated/runtime.js';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../../../src/base/records/run';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import { differenceOf } from '../../../../src/app/panels/Runs/baseline';

overwriteGetLocale(() => 'en');

const one = (more: Partial<RunRecord>): RunRecord => runRecord('r', { tokenizerId: 't', preparedId: 'p', ...more });
const task = (of: 'chat' | 'dpo' | 'orpo') => ({ settings: { ...defaultSettings(), task: of } });
const base = one({ bestValidationLoss: 2.5, lastLoss: 2, totalSteps: 100, step: 100, tokens: 5000 });

test.each([
  [2.4, '−0.100', 'better'],
  [2.612, '+0.112', 'worse'],
  [2.5004, '±0.000', undefined],
] as const)('a loss of %s beside 2.5 is %s', (loss, text, tone) => {
  const found = differenceOf('best', one({ bestValidationLoss: loss }), base);
  expect([found?.text, found?.tone]).toEqual([text, tone]);
});

test('counts are neither better nor worse; what one of two did not measure is no difference', () => {
  const run = one({ totalSteps: 100, step: 40, tokens: 17_000 });
  expect(differenceOf('steps', run, base)?.text).toBe('−60');
  expect(differenceOf('tokens', run, base)).toMatchObject({ text: '+12\u00a0k' });
  expect(differenceOf('tokens', run, base)?.tone).toBeUndefined();
  expect(differenceOf('best', run, base)).toBeUndefined();
  expect(differenceOf('status', run, base)).toBeUndefined();
});

test('losses over tokens of another tokenizer, and of another task, are not subtracted', () => {
  const lower = { bestValidationLoss: 1 };
  for (const run of [one({ ...lower, tokenizerId: 'u' }), one({ ...lower, ...task('dpo') })])
    expect(differenceOf('best', run, base)).toMatchObject({ text: 'not comparable' });
  expect(differenceOf('best', one({ ...lower, ...task('orpo') }), one({ ...base, ...task('dpo') }))?.text).toBe(
    'not comparable',
  );
  expect(differenceOf('best', one({ ...lower, ...task('chat') }), base)?.text).toBe('−1.500');
});

test('other held-out rows are marked, and the difference is no judgement', () => {
  const found = differenceOf('best', one({ bestValidationLoss: 1, preparedId: 'q' }), base);
  expect([found?.text, found?.tone]).toEqual(['−1.500 *', undefined]);
});
