// All that use the device beside each other: runs, answers, checks of files, and the memory that each holds.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { gpu } from '../../src/engine/device/kernel';
import type { SettingRecord } from '../../src/storage/db';
import type { RunEvent } from '../../src/base/wire/events';
import { listCheckpoints } from '../../src/storage/checkpoints';
import { exportModel } from '../../src/studio/export/exportModel';
import { LONG } from '../dawn';
import { hasStatus, sleep, StudioOnGpu, watchedDevices } from './studioOnGpu';

let tuning: SettingRecord | undefined;
let on: StudioOnGpu;
beforeAll(() => {
  watchedDevices();
});
beforeEach(async () => {
  on = await StudioOnGpu.open(tuning);
});

/** A finished run, and its newest checkpoint. */
async function trained(steps = 12): Promise<string> {
  on.events.length = 0;
  const run = await on.start({ steps });
  await on.until(hasStatus('finished'));
  tuning ??= await on.db.get('settings', 'kernelChoices');
  return (await listCheckpoints(on.db, run.id))[0]!.id;
}
const bytesOfSteps = (events: readonly RunEvent[]): number[] =>
  events.flatMap((e) => (e.type === 'step' ? [e.point.gpuBytes] : []));

describe('who uses the device', () => {
  test('a run holds what it holds alone, also after a talk', LONG, async () => {
    await trained();
    on.events.length = 0;
    const saved = await trained();
    const alone = Math.max(...bytesOfSteps(on.events));
    await on.ask(saved);
    on.events.length = 0;
    await trained();
    expect(Math.max(...bytesOfSteps(on.events))).toBe(alone);
  });

  test('a run that does not fit is refused when it resumes, as at its start', LONG, async () => {
    const run = await on.start({ steps: 5000 });
    await on.until((e) => e.type === 'saved');
    on.studio.stop();
    await on.until(hasStatus('stopped'));
    Object.defineProperty(navigator, 'deviceMemory', { value: 1e-7, configurable: true });
    try {
      await expect(on.start()).rejects.toMatchObject({ code: 'memory-too-small' });
      await expect(on.studio.resume(run.id)).rejects.toMatchObject({ code: 'memory-too-small' });
    } finally {
      Reflect.deleteProperty(navigator, 'deviceMemory');
    }
  });

  test('two answers at once by different weights do not break each other', LONG, async () => {
    const [a, b] = [await trained(), await trained(4)];
    const [first, second] = [await on.ask(a, 8), await on.ask(b, 8)];
    const both = await Promise.all([on.ask(a, 8), on.ask(b, 8), on.ask(a, 8)]);
    expect(both.map(({ text }) => text)).toEqual([first.text, second.text, first.text]);
    await on.studio.forgetModels();
    const before = gpu().bytes().used;
    await on.ask(a);
    expect(gpu().bytes().used).toBeGreaterThan(before);
    await on.studio.forgetModels();
    expect(gpu().bytes().used).toBe(before);
  });

  test('an answer of a run is that of one step, and says which', LONG, async () => {
    const run = await on.start({ steps: 5000, sampleEvery: 0, validationEvery: 0, saveEverySteps: 0 });
    await on.until((e) => e.type === 'step' && e.point.step > 2);
    const answer = await on.ask('training', 10);
    on.studio.pause();
    await on.until(hasStatus('paused'));
    const paused = await on.ask('training', 10);
    const [saved] = await listCheckpoints(on.db, run.id);
    expect(answer.step).toBeGreaterThan(2);
    expect(answer.step).toBeLessThanOrEqual(saved!.step);
    expect([paused.step, paused.text]).toEqual([saved!.step, (await on.ask(saved!.id, 10)).text]);
    on.studio.stop();
    await on.until(hasStatus('stopped'));
  });

  test('a run under way takes steps while other weights are compared with their file', LONG, async () => {
    const saved = await trained();
    const { blob, fileName } = await exportModel(on.db, saved, 'safetensors');
    on.events.length = 0;
    await on.start({ steps: 5000, sampleEvery: 0 });
    await on.until((e) => e.type === 'step');
    const steps: number[] = [];
    const file = new File([blob!], fileName);
    // of the run itself: its events arrive in batches, which a fast machine is ahead of
    const told = (): void => void steps.push(on.studio.current()!.step);
    await on.studio.verify(saved, 'safetensors', file, told, new AbortController().signal);
    expect(new Set(steps).size).toBeGreaterThan(3);
    on.studio.stop();
    await on.until(hasStatus('stopped'));
  });

  test('a cancel while the model is loaded is heard', LONG, async () => {
    const saved = await trained();
    await on.studio.forgetModels();
    const controller = new AbortController();
    const answer = on.ask(saved, 5, controller.signal);
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await sleep(0);
    expect((await on.ask(saved)).tokens).toBeGreaterThanOrEqual(0);
  });
});
