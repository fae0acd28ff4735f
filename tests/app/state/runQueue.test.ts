import { pageOn, runRecord } from '../fakes';
import { expect, test, vi } from 'vitest';
import type { QueueEntry, QueueStanding } from '../../../src/base/wire/queue';

const entry = (id: string, patch: Partial<QueueEntry> = {}): QueueEntry => ({
  ...{ id, name: id, place: 1, addedAt: 1, state: 'waiting' },
  ...patch,
});

function queueOf(standing: QueueStanding) {
  const takeFromQueue = vi.fn((ids: readonly string[]) => {
    standing = { ...standing, entries: standing.entries.filter(({ id }) => !ids.includes(id)) };
    return Promise.resolve();
  });
  const putBackInQueue = (entries: readonly QueueEntry[]) => {
    standing = { ...standing, entries: [...standing.entries, ...entries] };
    return Promise.resolve();
  };
  const goOnWithQueue = vi.fn(() => Promise.resolve());
  const resume = vi.fn((id: string) => Promise.resolve(runRecord(id, { status: 'running' })));
  const answers = { queue: () => Promise.resolve(standing), takeFromQueue, putBackInQueue };
  return { ...pageOn(answers, { goOnWithQueue, resume }), goOnWithQueue, resume };
}

test('a page goes on with the queue once the run that it resumes itself is under way; not where it is off', async () => {
  const { queue, marks, resume, goOnWithQueue } = queueOf({ on: true, entries: [entry('cut', { state: 'running' })] });
  marks.push({ runId: 'cut', times: 1 });
  await queue.connect();
  expect(resume.mock.invocationCallOrder[0]).toBeLessThan(goOnWithQueue.mock.invocationCallOrder[0]!);
  expect([queue.takesUp('cut'), queue.takesStart]).toEqual([true, true]);

  const off = queueOf({ on: false, entries: [entry('cut', { state: 'running' })] });
  await off.queue.connect();
  expect([off.goOnWithQueue.mock.calls, off.queue.takesUp('cut'), off.queue.takesStart]).toEqual([[], false, false]);
});

test('what is taken out comes back by undo, and the queue goes on with it', async () => {
  const { queue, toasts, goOnWithQueue } = queueOf({
    on: true,
    entries: [entry('a'), entry('b', { state: 'failed' })],
  });
  await queue.refresh();
  await queue.remove(queue.entries[0]!);
  await queue.clearPast();
  expect([queue.ahead, queue.past, goOnWithQueue.mock.calls]).toEqual([[], [], []]);
  await toasts.undo();
  await toasts.undo();
  expect([queue.waiting.length, queue.past.length, goOnWithQueue.mock.calls.length]).toEqual([1, 1, 2]);
});

test('what switched it off is told with its cure', async () => {
  const { queue } = queueOf({ on: false, held: { code: 'webgpu-needed', facts: {} }, entries: [] });
  await queue.connect();
  expect(queue.held).toMatchObject({ code: 'webgpu-needed', cure: 'open-machine' });
});
