import { expect, test } from 'vitest';
import type { RunEvent } from '../../../src/base/wire/events';
import type { RunRecord } from '../../../src/base/records/run';
import { EventQueue } from '../../../src/studio/train/eventQueue';

const record = (step: number, status: RunRecord['status'] = 'running', id = 'r'): RunEvent => ({
  type: 'run',
  run: { id, status, step } as RunRecord,
});
const saving = (step: number): RunEvent => ({ type: 'saving', runId: 'r', step });

function batchOf(...events: RunEvent[]): RunEvent[] {
  const queue = new EventQueue();
  const batches: RunEvent[][] = [];
  queue.subscribe((batch) => batches.push(batch));
  for (const event of events) queue.push(event);
  queue.flush();
  return batches.flat();
}

test('of the records of a run only the newest of a batch is sent, after what it sums up', () =>
  expect(batchOf(record(1), saving(1), record(2), saving(2), record(3))).toEqual([saving(1), saving(2), record(3)]));

test('each status arrives, and the record of each run', () => {
  const [running, paused, other] = [record(1), record(1, 'paused'), record(4, 'running', 's')];
  expect(batchOf(running, paused, other)).toEqual([running, paused, other]);
});
