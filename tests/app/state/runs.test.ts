import { checkpointSummary, later, pageOn, runRecord, settle } from '../fakes';
import { describe, expect, test, vi } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { HistoryPart, RunEvent, StepPoint } from '../../../src/base/wire/events';

const point = (step: number): StepPoint => ({
  ...{ step, loss: 1, accuracy: 0, gradNorm: 1, rate: 1, tokens: 8, milliseconds: 5, gpuBytes: 9 },
});
const stepOf = (runId: string, step: number): RunEvent => ({ type: 'step', runId, point: point(step), tensors: 1 });

describe('all runs', () => {
  test('stand newest first, and the one that the GPU worker trains is the active and shown one', async () => {
    const running = runRecord('b', { status: 'running', updatedAt: 2 });
    const listRuns = () => Promise.resolve([runRecord('a'), runRecord('c', { updatedAt: 3 }), running]);
    const { runs } = pageOn({ listRuns }, { current: () => Promise.resolve(running) });
    await runs.connect();
    expect(runs.list.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
    expect([runs.active?.id, runs.shown?.id, runs.interrupted]).toEqual(['b', 'b', []]);
  });

  test('one that claims to run while no worker trains it was interrupted', async () => {
    const { runs } = pageOn({ listRuns: () => Promise.resolve([runRecord('a', { status: 'running' })]) });
    await runs.connect();
    expect([runs.active, runs.interrupted.map(({ id }) => id)]).toEqual([undefined, ['a']]);
  });

  test('a worker that cannot be reached leaves its error and a list that is ready', async () => {
    const { runs } = pageOn({}, { subscribe: () => Promise.reject(new AtelierError('compute-busy', {})) });
    await runs.connect();
    expect([runs.ready, runs.error?.code, runs.list]).toEqual([true, 'compute-busy', []]);
  });

  test('a batch of events changes each view once', async () => {
    const { runs } = pageOn();
    const view = runs.view('a');
    await settle();
    const before = view.version;
    runs.receive([stepOf('a', 1), stepOf('a', 2), stepOf('a', 3)]);
    expect([view.version - before, [...view.curves.step.view()]]).toEqual([1, [1, 2, 3]]);
  });

  test.each(['paused', 'interrupted', 'failed'] as const)(
    'a save that failed does not stay when the run is %s',
    (status) => {
      const { runs } = pageOn();
      const view = runs.view('a');
      runs.receive([{ type: 'saving', runId: 'a', step: 4 }]);
      expect(view.saving).toBe(4);
      runs.receive([{ type: 'run', run: runRecord('a', { status }) }]);
      expect(view.saving).toBeUndefined();
    },
  );

  test('a pause that is asked for twice before it comes is taken back, also while the first is being sent', async () => {
    const sent = later<undefined>();
    const pause = vi.fn(() => sent.answer);
    const resume = vi.fn(() => Promise.resolve());
    const { runs } = pageOn({}, { pause, continue: resume });
    runs.receive([{ type: 'run', run: runRecord('a', { status: 'running' }) }]);
    runs.togglePause();
    runs.togglePause();
    expect([runs.pausing, resume.mock.calls.length]).toEqual([true, 0]);
    sent.give(undefined);
    await settle();
    expect([runs.pausing, pause.mock.calls.length, resume.mock.calls.length]).toEqual([false, 1, 1]);

    runs.togglePause();
    await settle();
    runs.receive([{ type: 'run', run: runRecord('a', { status: 'paused' }) }]);
    expect([runs.pausing, pause.mock.calls.length]).toEqual([false, 2]);
  });

  test('nothing pauses a run that is about to stop', async () => {
    const sent = later<undefined>();
    const pause = vi.fn(() => Promise.resolve());
    const { runs } = pageOn({}, { pause, stop: () => sent.answer });
    runs.receive([{ type: 'run', run: runRecord('a', { status: 'running' }) }]);
    const stopping = runs.stop();
    runs.togglePause();
    sent.give(undefined);
    await stopping;
    expect([pause.mock.calls.length, runs.pausing]).toEqual([0, false]);
  });

  test('history that comes after the first steps does not replace them', async () => {
    const history = later<HistoryPart[]>();
    const { runs } = pageOn({ history: () => history.answer });
    const view = runs.view('a');
    runs.receive([stepOf('a', 7)]);
    history.give([{ runId: 'a', fromStep: 1, toStep: 2, steps: [point(1), point(2)], validations: [], samples: [] }]);
    await settle();
    expect([view.loaded, [...view.curves.step.view()]]).toEqual([true, [7]]);
  });

  test('a finished save reads the checkpoints again', async () => {
    const listCheckpoints = vi.fn(() => Promise.resolve([checkpointSummary('x')]));
    const { runs } = pageOn({ listCheckpoints });
    const view = runs.view('a');
    await settle();
    listCheckpoints.mockResolvedValue([checkpointSummary('y', { step: 2 })]);
    runs.receive([{ type: 'saved', runId: 'a', checkpoint: checkpointSummary('y', { step: 2 }) }]);
    await settle();
    expect([view.saved, view.checkpoints.map(({ id }) => id)]).toEqual([2, ['y']]);
  });
});

describe('commands', () => {
  test('a second click waits for the answer to the first', async () => {
    const answer = later<undefined>();
    const pause = vi.fn(() => answer.answer);
    const { runs } = pageOn({}, { pause });
    const first = runs.pause();
    await runs.pause();
    expect([pause.mock.calls.length, runs.busy]).toEqual([1, 'pause']);
    answer.give(undefined);
    await first;
    expect(runs.busy).toBeUndefined();
  });

  test('one that fails says so, and the next one is sent', async () => {
    const stop = vi.fn(() => Promise.reject(new AtelierError('compute-busy', {})));
    const save = vi.fn(() => Promise.resolve());
    const { runs } = pageOn({}, { stop, save });
    await runs.stop();
    expect([runs.error?.code, runs.busy]).toEqual(['compute-busy', undefined]);
    await runs.save();
    expect([save.mock.calls, runs.error]).toEqual([[['manual']], undefined]);
  });
});

describe('edits', () => {
  test('a new name is written, and undo writes the old one', async () => {
    const renameRun = vi.fn(() => Promise.resolve());
    const { runs, toasts } = pageOn({ renameRun });
    await runs.rename(runRecord('a', { name: 'old' }), 'new');
    await toasts.undo();
    expect(renameRun.mock.calls).toEqual([
      ['a', 'new'],
      ['a', 'old'],
    ]);
  });

  test('a deleted run comes back with undo', async () => {
    const here = new Set(['a', 'b']);
    const { runs, toasts } = pageOn({
      listRuns: () => Promise.resolve([...here].map((id) => runRecord(id))),
      deleteRun: (id) => Promise.resolve(void here.delete(id)),
      restoreRun: (id) => Promise.resolve(void here.add(id)),
    });
    expect(await runs.remove(runRecord('a'))).toBe(true);
    expect(runs.list.map(({ id }) => id)).toEqual(['b']);
    expect(await toasts.undo()).toBe(true);
    expect(runs.list.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
  });

  test('one that cannot be deleted stays, and a toast says why', async () => {
    const { runs, toasts } = pageOn({ deleteRun: () => Promise.reject(new AtelierError('compute-busy', {})) });
    expect(await runs.remove(runRecord('a'))).toBe(false);
    expect(toasts.list.map(({ error }) => error?.code)).toEqual(['compute-busy']);
    expect(await toasts.undo()).toBe(false);
  });
});

test('a tab is not closed on unsaved steps without a question, and they are saved meanwhile', async () => {
  const running = runRecord('a', { status: 'running', step: 12 });
  const save = vi.fn(() => Promise.resolve());
  const { runs } = pageOn(
    { listRuns: () => Promise.resolve([running]) },
    { current: () => Promise.resolve(running), save },
  );
  await runs.connect();
  const event = { preventDefault: vi.fn() };
  runs.beforeUnload(event);
  expect([event.preventDefault.mock.calls.length, save.mock.calls]).toEqual([1, [['hidden']]]);
  runs.receive([{ type: 'saved', runId: 'a', checkpoint: checkpointSummary('x', { step: 12 }) }]);
  runs.beforeUnload(event);
  expect(event.preventDefault).toHaveBeenCalledTimes(1);
});

test.each(['resume', 'resumeSlower'] as const)(
  '%s from an earlier step counts from there, whatever later checkpoints are on the disk',
  async (way) => {
    const listCheckpoints = () => Promise.resolve([checkpointSummary('late', { step: 300 })]);
    const from = runRecord('a', { status: 'running', step: 100 });
    const { runs } = pageOn({ listCheckpoints }, { [way]: () => Promise.resolve(from) });
    const at = (step: number): RunEvent[] => [
      stepOf('a', step),
      { type: 'run', run: runRecord('a', { status: 'running', step }) },
    ];
    runs.receive([...at(300), { type: 'saved', runId: 'a', checkpoint: checkpointSummary('late', { step: 300 }) }]);
    runs.receive([{ type: 'run', run: runRecord('a', { status: 'failed', step: 300 }) }]);
    await runs[way]('a');
    expect(runs.unsavedSteps).toBe(0);
    runs.receive(at(104));
    expect(runs.unsavedSteps).toBe(4);
    runs.receive([{ type: 'saved', runId: 'a', checkpoint: checkpointSummary('new', { step: 104 }) }]);
    expect(runs.unsavedSteps).toBe(0);
    runs.receive(at(51)); // on another device, from before a damaged checkpoint
    expect(runs.unsavedSteps).toBe(1);
  },
);

describe('a run that lost what computes it', () => {
  const running = runRecord('a', { status: 'running' });

  test('is resumed by the page that the reload makes, once', async () => {
    const { runs, reloads } = pageOn();
    runs.receive([{ type: 'gone', runId: 'a', times: 2 }]);
    expect(reloads).toEqual([{ runId: 'a', times: 2 }]);
    const resume = vi.fn(() => Promise.resolve(running));
    const after = pageOn({}, { resume });
    after.marks.push({ runId: 'a', times: 2 });
    await after.runs.connect();
    expect(resume.mock.calls).toEqual([['a', { cause: 'gpu-reset', times: 2 }]]);
    expect(after.marks).toEqual([]);
  });

  test('is resumed by the worker that replaced its own, three times at most', async () => {
    const resume = vi.fn(() => Promise.resolve(running));
    const subscribe = vi.fn(() => Promise.resolve());
    const { runs } = pageOn({}, { resume, subscribe });
    await runs.connect();
    runs.started(running);
    for (let time = 1; time < 3; time++) {
      await runs.gpuReplaced();
      expect(resume).toHaveBeenLastCalledWith('a', { cause: 'worker-replaced', times: time });
    }
    await runs.gpuReplaced();
    expect([resume.mock.calls.length, subscribe.mock.calls.length, runs.error?.code]).toEqual([2, 4, 'worker-silent']);
  });

  test('waits for the lock that its old worker still holds', async () => {
    const resume = vi.fn(() => Promise.resolve(running));
    resume.mockRejectedValueOnce(new AtelierError('run-elsewhere', { name: 'a' }));
    const { runs } = pageOn({}, { resume });
    await runs.connect();
    runs.started(running);
    await runs.gpuReplaced();
    expect([resume.mock.calls.length, runs.active?.id, runs.error]).toEqual([2, 'a', undefined]);
  });
});

describe('the offer to resume', () => {
  const run = runRecord('a', { status: 'interrupted', step: 7 });

  test('stands only where the run can be resumed', async () => {
    const refusal = { code: 'data-changed', facts: { name: 'a' } } as const;
    const { runs } = pageOn({
      listRuns: () => Promise.resolve([run, runRecord('b', { status: 'interrupted' })]),
      waysOn: () => Promise.resolve({ a: { refusal }, b: { from: 4 } }),
    });
    await runs.connect();
    expect([runs.canResume(run), runs.interrupted.map(({ id }) => id)]).toEqual([false, ['b']]);
    expect(runs.wayOn('b')).toEqual({ from: 4 });
  });

  test('that was put aside stays away, until the run is interrupted at another step', async () => {
    const { runs } = pageOn({ listRuns: () => Promise.resolve([run]) });
    await runs.connect();
    runs.dismiss(run);
    expect([runs.interrupted, runs.canResume(run)]).toEqual([[], true]);
    runs.list = [{ ...run, step: 9 }];
    expect(runs.interrupted.map(({ step }) => step)).toEqual([9]);
  });
});

test('a change of rate and length is undone by the values of before', async () => {
  const change = vi.fn(() => Promise.resolve());
  const { runs, toasts } = pageOn({}, { change });
  const settings = { ...defaultSettings(), learningRate: 1e-3 };
  const run = runRecord('a', { status: 'running', totalSteps: 100, settings });
  runs.receive([{ type: 'run', run }]);
  await runs.change(run, { learningRate: 5e-4, steps: 80 });
  expect(change.mock.calls).toEqual([[{ learningRate: 5e-4, steps: 80 }]]);
  await toasts.undo();
  expect(change.mock.calls[1]).toEqual([{ learningRate: 1e-3, steps: 100 }]);
});

test('a run goes back while nothing else trains; its checkpoints are read again', async () => {
  const run = runRecord('a', { status: 'finished', step: 100, preparedId: 'p', settings: defaultSettings() });
  const listCheckpoints = vi.fn(() => Promise.resolve([checkpointSummary('x', { step: 40 })]));
  const goBack = vi.fn(() => Promise.resolve({ ...run, status: 'running' as const, step: 40 }));
  const { runs } = pageOn({ listRuns: () => Promise.resolve([run]), listCheckpoints }, { goBack });
  await runs.connect();
  expect(runs.canGoBack(run)).toBe(true);
  listCheckpoints.mockResolvedValue([checkpointSummary('x', { step: 40, best: true })]);
  await runs.goBack({ runId: 'a', checkpointId: 'x', learningRate: 1e-5 });
  expect([runs.activeId, runs.unsavedSteps, runs.view('a').checkpoints[0]!.best]).toEqual(['a', 0, true]);
  expect(runs.canGoBack(runRecord('b', { ...run, id: 'b' }))).toBe(false);
});
