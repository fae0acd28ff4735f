// A run that stops early, in the loop and from cut to cut on the CPU.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LastGain } from '../../../src/base/records/checkpoint';
import type { RunRecord } from '../../../src/base/records/run';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import type { ComputeStudio } from '../../../src/studio/computeStudio';
import { closeOnCpu, openOnCpu, startOnCpu } from '../startOnCpu';
import { bench } from './loopBench';

describe('the loop', () => {
  const watched = { validationEvery: 4, saveEverySteps: 0, stopAfterChecks: 3 };

  /** A run with these held-out losses, by step. */
  function benchOf(patch: Partial<TrainSettings>, heldOut: (step: number) => number) {
    const b = bench({ ...watched, ...patch });
    b.parts.validate = () => Promise.resolve({ loss: heldOut(b.state.step), accuracy: 0, labels: 3 });
    return b;
  }
  const valley = (step: number): number => 3 + Math.abs(step - 20) / 10;

  test('ends at the third check without a gain, with its weights saved and the best step known', async () => {
    const b = benchOf({}, valley);
    expect(await b.run(100)).toBe('early');
    expect(b.points.at(-1)).toBe(32);
    expect(b.saves.at(-1)).toEqual({ step: 32, reason: 'final', best: false });
    expect(b.state).toMatchObject({ bestStep: 20, gain: { step: 20, loss: 3, checks: 3 } });
  });

  test('waits for a tenth of the run at least', async () => {
    const b = benchOf({}, valley);
    await b.run(250);
    expect(b.points.at(-1)).toBe(48); // the check at 44 is the first one that is 24 steps on, less than 25
  });

  test('goes on where the check at which it would have ended is a gain', async () => {
    const b = benchOf({}, (step) => (step === 48 ? 2.5 : valley(step)));
    expect([await b.run(250), b.points.at(-1)]).toEqual(['early', 76]); // from 48 on a tenth of the run again
  });

  test('a fall that is smaller than the least gain does not count; without a least gain it does', async () => {
    const creeping = (step: number): number => 3 - step * 1e-4;
    const b = benchOf({}, creeping);
    expect([await b.run(60), b.points.at(-1)]).toEqual(['early', 12]);
    const all = benchOf({ stopLeastGain: 0 }, creeping);
    expect([await all.run(60), all.points.at(-1)]).toEqual(['finished', 60]);
  });

  test('goes to its last step where early stopping is off, as in runs that did not know it', async () => {
    const b = benchOf({ stopAfterChecks: 0 }, valley);
    expect([await b.run(60), b.points.at(-1)]).toEqual(['finished', 60]);
  });

  test('goes to its last step where nothing is held out', async () => {
    const b = bench(watched);
    b.parts.validate = () => Promise.resolve({ loss: NaN, accuracy: NaN, labels: 0 });
    expect([await b.run(60), b.points.at(-1)]).toEqual(['finished', 60]);
  });

  test('the check of a stop by hand does not count: resumed, the run ends where it would have', async () => {
    const b = benchOf({}, valley);
    const { onStep } = b.listener;
    b.listener.onStep = (p) => {
      onStep(p);
      if (p.step === 25) b.control.stop();
    };
    expect(await b.run(100)).toBe('stopped');
    const gain: LastGain = { step: 20, loss: 3, checks: 1 };
    expect(b.state.gain).toEqual(gain);
  });
});

describe('on the CPU', () => {
  let db: AtelierDb;
  let studio: ComputeStudio;
  let told: RunRecord[];
  beforeEach(async () => {
    ({ db, studio, told } = await openOnCpu());
  });
  afterEach(() => closeOnCpu(studio));
  const ended = (): Promise<RunRecord> =>
    vi.waitFor(() => told.find(({ status }) => status === 'finished') ?? Promise.reject(new Error()), 9000);

  test.each([
    ['before a check', 7],
    ['behind a check', 8],
  ])('cut right %s, a run ends at the same step with the same weights', async (_, cut) => {
    // so small a rate gains nothing: the checks at 4, 8 and 12 are counted from the one at 0
    const patch = { steps: 60, learningRate: 1e-7, validationEvery: 4, stopAfterChecks: 3, saveEverySteps: cut };
    const { id } = await startOnCpu(db, studio, patch);
    const whole = await ended();
    expect(whole.stoppedEarly).toMatchObject({ step: 12, checks: 3 });
    const saved = await listCheckpoints(db, id);
    const expected = saved.find(({ step }) => step === 12)!.weightsSha256;
    for (const checkpoint of saved) if (checkpoint.step !== cut) await db.delete('checkpoints', checkpoint.id);
    await db.put('runs', { ...whole, status: 'interrupted' });
    told.length = 0;
    await studio.resume(id);
    expect((await db.get('runs', id))!.stoppedEarly).toBeUndefined();
    expect((await ended()).stoppedEarly).toEqual(whole.stoppedEarly);
    const again = (await listCheckpoints(db, id)).find(({ step }) => step === 12);
    expect(again?.weightsSha256).toBe(expected);
  });
});
