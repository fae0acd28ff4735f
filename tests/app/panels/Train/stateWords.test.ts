import { runRecord } from '../../fakes';
import { expect, test } from 'vitest';
import { stateWords } from '../../../../src/app/panels/Train/stateWords';

test('a pause has saved everything; a run that waits for room in the storage has not, and does not say so', () => {
  const paused = runRecord('run', { status: 'paused', step: 40 });
  const notice = { code: 'run-waits-for-room', facts: {} };
  expect(stateWords(paused, 'here', {})).toBe('Paused at step 40; everything is saved.');
  expect(stateWords({ ...paused, notice }, 'here', {})).toBe('Waits at step 40: its last steps are not saved yet.');
  expect(stateWords({ ...paused, notice }, 'nobody', { from: 20 })).toContain('Interrupted at step 40');
});

test('a run that stopped early says why, and which step is the best', () => {
  const finished = runRecord('run', { status: 'finished', step: 150 });
  const stopped = (best: number) =>
    stateWords({ ...finished, stoppedEarly: { step: 150, checks: 3, best } }, 'nobody', {});
  expect(stopped(60)).toBe(
    'Stopped early at step 150: held-out loss has not fallen for 3 checks. The best is step 60.',
  );
  expect(stopped(0)).toContain('was never lower than before training');
});
