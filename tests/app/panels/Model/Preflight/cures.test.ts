import { expect, test } from 'vitest';
import { curesOf, type CureContext } from '../../../../../src/app/panels/Model/Preflight/cures';
import type { Finding } from '../../../../../src/base/wire/findings';

const finding = (patch: Partial<Finding>): Finding => ({
  ...{ level: 'warn', code: 'nothing-graded', facts: { longest: 500 }, count: 1 },
  ...patch,
});
const context = (patch: Partial<CureContext> = {}): CureContext => ({
  settings: { contextLength: 256, rowPerAnswer: false },
  model: { contextLength: 2048 },
  integer: String,
  ...patch,
});
const changes = (found: Finding, at = context()) => curesOf(found, at).map(({ change }) => change);

test('a longer context is offered where the model has one, else the data as text', () => {
  const nothing = finding({ cures: ['longer-context', 'as-text'] });
  const [longer, ...rest] = changes(nothing);
  expect(longer).toMatchObject({ name: 'contextLength' });
  expect(longer?.value).toBeGreaterThanOrEqual(500);
  expect(rest).toEqual([]);
  for (const model of [undefined, { contextLength: 256 }])
    expect(changes(nothing, context({ model }))).toEqual([{ name: 'task', value: 'text' }]);
});

test('a row for each answer is offered until it is set', () => {
  const refused = finding({ code: 'template-not-prefix', cures: ['row-per-answer'] });
  expect(changes(refused)).toEqual([{ name: 'rowPerAnswer', value: true }]);
  expect(changes(refused, context({ settings: { contextLength: 256, rowPerAnswer: true } }))).toEqual([]);
});

test('a finding without cures has no buttons', () => expect(changes(finding({}))).toEqual([]));
