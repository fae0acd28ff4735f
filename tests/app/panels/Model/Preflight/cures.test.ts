import { expect, test } from 'vitest';
import { curesOf, type CureContext } from '../../../../../src/app/panels/Model/Preflight/cures';
import type { Finding } from '../../../../../src/base/wire/findings';

const finding = (patch: Partial<Finding>): Finding => ({
  ...{ level: 'warn', code: 'nothing-graded', facts: { longest: 500 }, count: 1 },
  ...patch,
});
const context = (patch: Partial<CureContext> = {}): CureContext => ({
  settings: { contextLength: 256, rowPerAnswer: false, method: 'full' },
  model: { contextLength: 2048 },
  integer: String,
  ...patch,
});
const changes = (found: Finding, at = context()) => curesOf(found, at).map(({ change }) => change);

test('a longer context is offered where the model has one, else the data as text', () => {
  const nothing = finding({ cures: ['longer-context', 'as-text'] });
  const [longer, ...rest] = changes(nothing);
  expect(longer).toMatchObject({ name: 'contextLength' });
  expect(longer).toHaveProperty('value', 512);
  expect(rest).toEqual([]);
  for (const model of [undefined, { contextLength: 256 }])
    expect(changes(nothing, context({ model }))).toEqual([{ name: 'task', value: 'text' }]);
});

test('a row for each answer is offered until it is set', () => {
  const refused = finding({ code: 'template-not-prefix', cures: ['row-per-answer'] });
  expect(changes(refused)).toEqual([{ name: 'rowPerAnswer', value: true }]);
  expect(changes(refused, context({ settings: { contextLength: 256, rowPerAnswer: true, method: 'full' } }))).toEqual(
    [],
  );
});

test('repeats, leaks and rows that are all named are left out or moved by one click; rows that are not, are not', () => {
  const cures = (['leave-out-repeats', 'leave-out-near-repeats', 'move-to-training', 'leave-out-rows'] as const).map(
    (kind) => [kind] as const,
  );
  const done = cures.map((kinds) => curesOf(finding({ cures: kinds, rows: [17] }), context())[0]);
  expect(done.map((cure) => cure?.change)).toEqual(['repeats', 'near', 'leaks', 'rows']);
  const many = { cures: ['leave-out-rows'] as const, count: 2 };
  expect(curesOf(finding({ ...many, rows: [17, 18] }), context())).toHaveLength(1);
  expect(curesOf(finding({ ...many, rows: [17] }), context())).toEqual([]);
});

test('a finding without cures has no buttons', () => expect(changes(finding({}))).toEqual([]));
