// Rate and length changed while a run trains, and a run that goes back to a checkpoint: the functions, and runs on the
// CPU that are cut.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunRecord } from '../../../src/base/records/run';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { rateAt } from '../../../src/engine/training/optim/schedules';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { readHistory } from '../../../src/storage/runs';
import type { ComputeStudio } from '../../../src/studio/computeStudio';
import { changed, changesFromStart, courseAt, courseRate, type Course } from '../../../src/studio/train/course';
import { waysOn } from '../../../src/studio/train/wayOn';
import { bench } from './loopBench';
import { closeOnCpu, openOnCpu, startOnCpu } from '../startOnCpu';

const settings = { ...defaultSettings(), learningRate: 1e-3, durationUnit: 'epochs' as const };
const course = (patch: Partial<Course> = {}): Course => ({ settings, totalSteps: 100, ...patch });
const running = (step: number) => ({ step, at: 1000 + step, how: 'running' as const });

describe('the course', () => {
  test('without a change is the schedule of the settings', () => {
    for (const step of [0, 3, 50, 99]) expect(courseRate(course(), step)).toBe(rateAt(settings, step, 100));
  });

  test('each change counts from its step on, and a replay from before meets it again', () => {
    const once = changed(course(), running(40), { learningRate: 4e-4 });
    const twice = changed(once, running(60), { steps: 80 });
    expect(twice).toMatchObject({
      totalSteps: 80,
      settings: { learningRate: 4e-4, durationUnit: 'steps', steps: 80 },
      changes: [
        { step: 40, before: 1e-3, learningRate: 4e-4 },
        { step: 60, before: 4e-4, learningRate: 4e-4, length: { before: 100, after: 80 } },
      ],
    });
    expect([39, 40, 59, 60].map((step) => courseAt(twice, step))).toEqual([
      { learningRate: 1e-3, totalSteps: 100 },
      { learningRate: 4e-4, totalSteps: 100 },
      { learningRate: 4e-4, totalSteps: 100 },
      { learningRate: 4e-4, totalSteps: 80 },
    ]);
    expect(courseRate(twice, 39)).toBe(rateAt(settings, 39, 100));
    expect(courseRate(twice, 60)).toBe(rateAt({ ...settings, learningRate: 4e-4 }, 60, 80));
  });

  test('going back forgets the changes behind that step, and the length goes back with them', () => {
    const once = changed(course(), running(40), { learningRate: 4e-4, steps: 200 });
    const back = changed(once, { step: 20, at: 2000, how: 'back', given: 70 }, { learningRate: 2e-3 });
    expect(back.totalSteps).toBe(100);
    expect(back.settings).toMatchObject({ learningRate: 2e-3, steps: 100 });
    expect(back.changes).toEqual([{ step: 20, at: 2000, how: 'back', given: 70, before: 1e-3, learningRate: 2e-3 }]);
    expect(courseAt(back, 19)).toEqual({ learningRate: 1e-3, totalSteps: 100 });
  });

  test('a length below the steps that are done ends the run there; a rate that is none is refused', () => {
    expect(changed(course(), running(40), { steps: 10 }).totalSteps).toBe(40);
    expect(() => changed(course(), running(40), { learningRate: 0 })).toThrow(
      expect.objectContaining({ code: 'settings-invalid' }),
    );
  });

  test('a run that lost its checkpoints starts with what it went back for, and changes where it was changed', () => {
    const back = changed(course(), { step: 20, at: 2000, how: 'back' }, { learningRate: 2e-3 });
    const then = changed(back, running(50), { learningRate: 1e-4 });
    const again = { ...then, changes: changesFromStart(then) };
    expect([0, 49, 50].map((step) => courseAt(again, step).learningRate)).toEqual([2e-3, 2e-3, 1e-4]);
  });
});

test('the loop makes a change between two steps, also of a run that is paused, and ends at its new length', async () => {
  const b = bench({ validationEvery: 0, saveEverySteps: 0 });
  b.control.step();
  const ran = b.run(100);
  await vi.waitFor(() => expect(b.pauses).toEqual([true]));
  await b.control.change({ steps: 5 });
  expect(b.points).toEqual([1]);
  b.control.continue();
  expect([await ran, b.points.at(-1)]).toEqual(['finished', 5]);
});

test('a change that comes when the run has ended is refused', async () => {
  const b = bench({ validationEvery: 0, saveEverySteps: 0 });
  await b.run(2);
  const refused = expect(b.control.change({ steps: 5 })).rejects.toMatchObject({ code: 'no-run' });
  b.control.refuseChanges();
  await refused;
});

describe('on the CPU', () => {
  let db: AtelierDb;
  let studio: ComputeStudio;
  let told: RunRecord[];
  beforeEach(async () => {
    ({ db, studio, told } = await openOnCpu());
  });
  afterEach(() => closeOnCpu(studio));
  const reached = (status: RunRecord['status'], step?: number): Promise<RunRecord> =>
    vi.waitFor(
      () =>
        told.find((run) => run.status === status && (step === undefined || run.step === step)) ??
        Promise.reject(new Error()),
      9000,
    );
  const weightsAt = async (id: string, step: number) =>
    (await listCheckpoints(db, id)).find((checkpoint) => checkpoint.step === step)?.weightsSha256;
  const ratesOf = async (id: string) => (await readHistory(db, id)).flatMap((part) => part.steps.map((p) => p.rate));

  /** A run whose rate and length change before step 7, at its end. */
  async function changedRun(): Promise<RunRecord> {
    const { id } = await startOnCpu(db, studio, { steps: 60, saveEverySteps: 4 });
    studio.step();
    for (let step = 1; step < 6; step++) {
      await reached('paused', step);
      if (step === 4) studio.save('manual'); // stays, whatever is saved later
      if (step === 4) await vi.waitFor(async () => expect(await weightsAt(id, 4)).toBeDefined());
      studio.step();
    }
    await reached('paused', 6);
    await studio.change({ learningRate: 3e-2, steps: 10 });
    expect((await db.get('runs', id))!.changes).toMatchObject([{ step: 6, learningRate: 3e-2 }]);
    studio.continue();
    return reached('finished');
  }

  test('a run that was changed, cut before the change and resumed is the run that was changed', async () => {
    const whole = await changedRun();
    expect(whole).toMatchObject({ step: 10, totalSteps: 10 });
    const { id } = whole;
    const [weights, rates] = [await weightsAt(id, 10), await ratesOf(id)];
    expect(rates).toHaveLength(10);
    for (const { id: key, step } of await listCheckpoints(db, id)) if (step > 4) await db.delete('checkpoints', key);
    await db.put('runs', { ...whole, status: 'interrupted' });
    told.length = 0;
    expect((await studio.resume(id)).step).toBe(4);
    await reached('finished');
    expect([await weightsAt(id, 10), await ratesOf(id)]).toEqual([weights, rates]);
    // without a checkpoint it starts again, and meets the change at the same step
    for (const { id: key } of await listCheckpoints(db, id)) await db.delete('checkpoints', key);
    await db.put('runs', { ...whole, status: 'interrupted' });
    told.length = 0;
    expect((await studio.resume(id)).step).toBe(0);
    await reached('finished');
    expect([await weightsAt(id, 10), await ratesOf(id)]).toEqual([weights, rates]);
  });

  test('a finished run goes back to a checkpoint at another rate: its course from there is its record', async () => {
    const { id } = await startOnCpu(db, studio, { steps: 12, saveEverySteps: 4, validationEvery: 4 });
    await reached('finished');
    const before = await listCheckpoints(db, id);
    const at8 = before.find(({ step }) => step === 8)!;
    const last = before.find(({ step }) => step === 12)!;
    expect(last.best).toBe(true);
    told.length = 0;
    const going = await studio.goBack({ runId: id, checkpointId: at8.id, learningRate: 1e-5, steps: 15 });
    expect(going).toMatchObject({ step: 8, totalSteps: 15, bestValidationLoss: at8.validationLoss });
    expect(going.changes).toMatchObject([{ step: 8, how: 'back', given: 12, length: { before: 12, after: 15 } }]);
    expect((await db.get('checkpoints', last.id))?.best ?? false).toBe(false);
    await reached('finished');
    const rates = await ratesOf(id);
    expect(rates).toHaveLength(15);
    expect(rates[8]).toBe(rateAt({ ...going.settings!, learningRate: 1e-5 }, 8, 15));
    // cut right behind the step that it went back to, it resumes there and comes to the same end
    const weights = await weightsAt(id, 15);
    const kept = (await listCheckpoints(db, id)).filter(({ step }) => step === 12).map((c) => c.id);
    for (const { id: key } of await listCheckpoints(db, id))
      if (key !== at8.id && !kept.includes(key)) await db.delete('checkpoints', key);
    await db.put('runs', { ...(await db.get('runs', id))!, status: 'interrupted' });
    expect((await waysOn(db))[id]!.from).toBe(12);
    told.length = 0;
    await studio.resume(id);
    await reached('finished');
    expect(await weightsAt(id, 15)).toBe(weights);
  });

  test('a run under way goes back by itself', async () => {
    const { id } = await startOnCpu(db, studio, { steps: 100_000, saveEverySteps: 4 });
    const [first] = await vi.waitFor(async () => {
      const found = await listCheckpoints(db, id);
      return found.length > 0 ? found : Promise.reject(new Error());
    }, 9000);
    const going = await studio.goBack({ runId: id, checkpointId: first!.id, learningRate: 1e-5 });
    expect([going.step, going.settings?.learningRate]).toEqual([first!.step, 1e-5]);
    await expect(studio.goBack({ runId: id, checkpointId: 'gone' })).rejects.toMatchObject({
      code: 'checkpoint-missing',
    });
    expect(studio.current()?.id).toBe(id); // it goes on
    told.length = 0;
    studio.stop();
    await reached('stopped');
  });
});
