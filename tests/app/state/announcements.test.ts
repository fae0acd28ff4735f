import { expect, test } from 'vitest';
import { toldBetween, type Announced } from '../../../src/app/state/announcements';

const run = (given: Partial<Announced>): Announced => ({
  ...{ id: 'a', status: 'running', step: 0, totalSteps: 100, ...given },
});

/** What a listener hears over records that follow each other. */
function heard(records: Announced[]): string[] {
  let before: Announced | undefined;
  return records.flatMap((now) => {
    const told = toldBetween(before, now);
    before = now;
    return told ? [told.kind === 'quarter' ? `quarter ${told.quarter}` : told.kind] : [];
  });
}

test('a run is heard at its start, at each quarter once, and at its end', () => {
  const steps = Array.from({ length: 101 }, (_, step) => run({ step }));
  const records = [...steps, run({ step: 100, status: 'finished' })];
  expect(heard(records)).toEqual(['started', 'quarter 1', 'quarter 2', 'quarter 3', 'finished']);
});

test('a fast run whose records skip quarters is heard of the last one only', () => {
  expect(heard([run({}), run({ step: 80 })])).toEqual(['started', 'quarter 3']);
});

test('pause, continue, stop and failure are heard, each once', () => {
  const records = [
    run({ step: 3 }),
    run({ step: 4, status: 'paused' }),
    run({ step: 4, status: 'paused' }),
    run({ step: 4 }),
    run({ step: 5, status: 'stopped' }),
    run({ step: 5, status: 'stopped' }),
  ];
  expect(heard(records)).toEqual(['started', 'paused', 'resumed', 'stopped']);
  expect(heard([run({}), run({ status: 'failed' })])).toEqual(['started', 'failed']);
});

test('one step of a paused run is heard, though it never looked as if it ran', () => {
  const records = [run({ step: 3, status: 'paused' }), run({ step: 4, status: 'paused' })];
  expect(heard(records)).toEqual(['started', 'paused']);
});

test('runs that ended before the page was opened are not heard', () => {
  expect(heard([run({ status: 'finished', step: 100 })])).toEqual([]);
  expect(heard([run({ step: 0, totalSteps: 0 }), run({ step: 9, totalSteps: 0 })])).toEqual(['started']);
});
