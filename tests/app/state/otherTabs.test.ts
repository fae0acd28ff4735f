import { pageOn, runRecord, settle } from '../fakes';
import { describe, expect, test, vi } from 'vitest';
import type { HistoryPart, RunEvent, StepPoint } from '../../../src/base/wire/events';
import { runLock, runsOfLocks, type ListedStore, type TabMessage } from '../../../src/base/wire/tabs';
import type { RunRecord } from '../../../src/base/records/run';
import type { GpuApi } from '../../../workers/gpu.api';

const point = (step: number): StepPoint => ({
  ...{ step, loss: 1, accuracy: 0, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 },
});
const steps = (runId: string, ...numbers: number[]): RunEvent[] =>
  numbers.map((step) => ({ type: 'step', runId, point: point(step), tensors: 1 }));
const part = (runId: string, ...numbers: number[]): HistoryPart => ({
  ...{ runId, fromStep: numbers[0]! - 1, toStep: numbers.at(-1)!, steps: numbers.map(point) },
  ...{ validations: [], samples: [] },
});

/** A browser whose tabs share storage, locks and a channel. */
function browser(stored: RunRecord[]) {
  const tabs: ((message: TabMessage) => void)[][] = [];
  const held = new Set<string>();
  const history: HistoryPart[] = [];
  const storage = { runs: stored };
  /** Opens a tab; `look` is what a second brings. */
  const tab = async (gpu: Partial<GpuApi> = {}) => {
    const ears: ((message: TabMessage) => void)[] = [];
    tabs.push(ears);
    const post = (message: TabMessage): void =>
      tabs.filter((other) => other !== ears).forEach((other) => other.forEach((hear) => hear(message)));
    const later: (() => void)[] = [];
    const page = pageOn(
      { listRuns: () => Promise.resolve(storage.runs), history: () => Promise.resolve(history) },
      gpu,
      {
        channel: { post, listen: (hear) => void ears.push(hear) },
        heldRuns: () => Promise.resolve([...held]),
        after: (_milliseconds, work) => void later.push(work),
      },
    );
    const told: ListedStore[][] = [];
    await page.runs.connect();
    await page.runs.watchTabs((stores) => told.push([...stores]));
    await settle();
    const look = async (): Promise<void> => {
      await page.tabs.look();
      await settle();
    };
    return { ...page, look, told, later };
  };
  return { tab, held, history, storage, hears: (message: TabMessage) => tabs.flat().forEach((hear) => hear(message)) };
}

const running = runRecord('a', { status: 'running', step: 4, updatedAt: 5 });
const trainer: Partial<GpuApi> = { current: () => Promise.resolve(running) };
const stepsOf = (page: ReturnType<typeof pageOn>): number[] => [...page.runs.view('a').curves.step.view()];

describe('a run that another tab trains', () => {
  test('is no interrupted one, and offers nothing that only its own tab can do', async () => {
    const all = browser([running]);
    all.held.add('a');
    const [first, second] = [await all.tab(trainer), await all.tab()];
    expect([first.runs.trainedBy('a'), second.runs.trainedBy('a')]).toEqual(['here', 'elsewhere']);
    expect([second.runs.interrupted, second.runs.canResume(running), second.runs.active]).toEqual([
      [],
      false,
      undefined,
    ]);
  });

  test('shows its steps as they come, those before it was opened too', async () => {
    const all = browser([running]);
    all.held.add('a');
    all.history.push(part('a', 1, 2));
    const first = await all.tab(trainer);
    first.runs.view('a');
    await settle();
    first.runs.receive([...steps('a', 3, 4), { type: 'run', run: { ...running, step: 4 } }]);
    const second = await all.tab();
    second.runs.view('a');
    await settle();
    expect(stepsOf(second)).toEqual([1, 2, 3, 4]);
    first.runs.receive([...steps('a', 5), { type: 'run', run: { ...running, step: 5, updatedAt: 9 } }]);
    expect([stepsOf(second), second.runs.list[0]?.step]).toEqual([[1, 2, 3, 4, 5], 5]);
    expect([second.runs.activeId, second.runs.unsavedSteps]).toEqual([undefined, 0]);
  });

  test('has no gap where a checkpoint was written between the reading and the question', async () => {
    const all = browser([running]);
    all.held.add('a');
    all.history.push(part('a', 1, 2));
    const second = await all.tab();
    const view = second.runs.view('a');
    await settle();
    all.history.push(part('a', 3));
    await view.addUnsaved(part('a', 4));
    expect(stepsOf(second)).toEqual([1, 2, 3, 4]);
  });

  test('is told as ended within the next look, and can be resumed here then', async () => {
    const all = browser([running]);
    all.held.add('a');
    const second = await all.tab();
    all.held.clear();
    await second.look();
    expect([second.runs.trainedBy('a'), second.runs.interrupted.map(({ id }) => id)]).toEqual(['nobody', ['a']]);
    expect(second.runs.canResume(running)).toBe(true);
  });

  test('that begins later is read from storage', async () => {
    const all = browser([]);
    const second = await all.tab();
    all.held.add('a');
    all.storage.runs = [running];
    await second.look();
    expect([second.runs.list.map(({ id }) => id), second.runs.trainedBy('a')]).toEqual([['a'], 'elsewhere']);
  });
});

describe('the lock of an own run', () => {
  test('says nothing of another tab while it is taken and freed', async () => {
    const all = browser([{ ...running, status: 'interrupted' }]);
    const page = await all.tab({ resume: () => Promise.resolve(running) });
    const resumed = page.runs.resume('a');
    all.held.add('a');
    await page.look();
    await resumed;
    expect(page.runs.trainedBy('a')).toBe('here');
    page.runs.receive([{ type: 'run', run: { ...running, status: 'stopped' } }]);
    await page.look(); // the worker holds it a moment longer
    expect(page.runs.trainedBy('a')).toBe('nobody');
    all.held.clear();
    await page.look();
    all.held.add('a'); // now it is another tab's
    await page.look();
    expect(page.runs.trainedBy('a')).toBe('elsewhere');
  });

  test('that could not be had is another tab’s', async () => {
    const all = browser([running]);
    all.held.add('a');
    const page = await all.tab({ resume: () => Promise.reject(new Error('taken')) });
    await page.runs.resume('a');
    await page.look();
    expect(page.runs.trainedBy('a')).toBe('elsewhere');
  });
});

test('writes of any worker are told together, once', async () => {
  const all = browser([]);
  const page = await all.tab();
  all.hears({ type: 'stored', stores: ['datasets'] });
  all.hears({ type: 'stored', stores: ['runs', 'checkpoints'] });
  expect([page.told, page.later.length]).toEqual([[], 1]);
  page.later[0]!();
  expect(page.told).toEqual([['datasets', 'runs', 'checkpoints']]);
});

test('lists that a screen shows are read again; those that none shows wait', async () => {
  const listModels = vi.fn(() => Promise.resolve([]));
  const { models } = pageOn({ listModels });
  await models.reread();
  expect(listModels).not.toHaveBeenCalled();
  await models.load();
  await models.reread();
  expect(listModels).toHaveBeenCalledTimes(2);
});

test('of all locks those of runs name a run', () => {
  expect(runsOfLocks(['writing:x', runLock('a'), 'reading:y'])).toEqual(['a']);
});
