// A lost device, in each phase of a run: nothing hangs, and the run resumes by itself to the same bits.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SettingRecord } from '../../src/storage/db';
import type { RunEvent } from '../../src/base/wire/events';
import { listCheckpoints } from '../../src/storage/checkpoints';
import { exportModel } from '../../src/studio/export/exportModel';
import { getRun } from '../../src/storage/runs';
import { LONG } from '../dawn';
import { hasStatus, sleep, StudioOnGpu, watchedDevices } from './studioOnGpu';

/** Devices as the studio opens them, the newest last. */
let devices: GPUDevice[];
let tuning: SettingRecord | undefined;
let undisturbed: { losses: number[]; hash: string };
let on: StudioOnGpu;

beforeAll(async () => {
  devices = watchedDevices();
  on = await StudioOnGpu.open();
  const run = await on.start();
  await on.until(hasStatus('finished'));
  undisturbed = await on.outcome(run.id);
  tuning = await on.db.get('settings', 'kernelChoices');
}, LONG.timeout);
beforeEach(async () => {
  on = await StudioOnGpu.open(tuning);
});

const takeAway = (): void => devices.at(-1)!.destroy();
const within = <T>(work: Promise<T>, milliseconds = 240_000): Promise<T> =>
  Promise.race([
    work,
    sleep(milliseconds).then(() => {
      throw new Error('hangs');
    }),
  ]);
const stop = async (): Promise<void> => {
  on.studio.stop();
  await on.until(hasStatus('stopped'));
};

const measured = (step: number) => (e: RunEvent) => e.type === 'step' && e.point.step >= step;
const PHASES: [string, (event: RunEvent) => boolean][] = [
  ['before the first step', hasStatus('running')],
  ['in a step', measured(2)],
  ['in a validation', (e) => e.type === 'validation' && e.point.step === 4],
  ['in a save', (e) => e.type === 'saving' && e.step === 4],
  ['after a save', (e) => e.type === 'saved'],
  ['in a sample', measured(6)],
];

describe('a device that is taken away', () => {
  test.each(PHASES)('%s: the run resumes by itself, to the same bits, and says so', LONG, async (_, phase) => {
    const run = await on.start();
    await on.until(phase);
    takeAway();
    await within(on.until(hasStatus('finished')));
    expect(on.events.filter(({ type }) => type === 'error')).toEqual([]);
    expect(await on.outcome(run.id)).toEqual(undisturbed);
    const { notice, error } = await getRun(on.db, run.id);
    expect([error, notice?.code]).toEqual([undefined, 'gpu-reset']);
    expect(Number(notice?.facts['at'])).toBeGreaterThanOrEqual(Number(notice?.facts['from']));
  });

  test('while the run is made: it starts on another', LONG, async () => {
    await on.studio.machine();
    const starting = on.start();
    await sleep(5);
    takeAway();
    const run = await within(starting);
    await within(on.until(hasStatus('finished')));
    expect(await on.outcome(run.id)).toEqual(undisturbed);
  });

  test('in f16: the same bits, and the scale of the loss', LONG, async () => {
    const whole = await on.start({ precision: 'f16' });
    await on.until(hasStatus('finished'));
    const expected = await on.outcome(whole.id);
    on.events.length = 0;
    const run = await on.start({ precision: 'f16' });
    await on.until((e) => e.type === 'saved');
    takeAway();
    await within(on.until(hasStatus('finished')));
    expect(await on.outcome(run.id)).toEqual(expected);
    expect((await on.manifestOf(run.id)).lossScaling).toEqual({ scale: 2 ** 15, clean: 12 });
  });

  test('three times without a new checkpoint: the run stops and says so; it resumes by a click', LONG, async () => {
    const unsaved = { saveEverySteps: 0, saveEveryMinutes: 0, validationEvery: 0, sampleEvery: 0 };
    const run = await on.start({ ...unsaved, steps: 5000 });
    for (let time = 0; time < 3; time++) {
      const device = devices.length;
      // exactly: what the run told on the device before, further on, may come late
      await on.until((e) => e.type === 'step' && e.point.step === 2);
      takeAway();
      while (on.studio.current() && devices.length === device) await sleep(20);
      on.events.length = 0;
    }
    while (on.studio.current()) await sleep(20);
    const error = { code: 'gpu-lost-again', facts: { times: 3 } };
    expect(await getRun(on.db, run.id)).toMatchObject({ status: 'interrupted', error });
    on.events.length = 0;
    await on.studio.resume(run.id);
    await on.until(measured(2));
    await stop();
  });

  test('a paused run is paused again; it continues', LONG, async () => {
    const run = await on.start({ steps: 30 });
    await on.until((e) => e.type === 'saved');
    on.studio.pause();
    await on.until(hasStatus('paused'));
    on.events.length = 0;
    takeAway();
    await within(on.until(hasStatus('paused')));
    expect((await getRun(on.db, run.id)).notice?.code).toBe('gpu-reset');
    on.studio.continue();
    await on.until(hasStatus('finished'));
  });

  test('no question hangs: an answer and a comparison fail, the next answer is that of the run', LONG, async () => {
    // of a fixed step: how far the run below has come depends on the machine, and some of its weights end a text at once
    const short = await on.start({ steps: 4 });
    await on.until(hasStatus('finished'));
    const [saved] = await listCheckpoints(on.db, short.id);
    on.events.length = 0;
    await on.start({ steps: 5000, sampleEvery: 0 });
    await on.until((e) => e.type === 'step');
    await on.ask(saved!.id);
    const { blob, fileName } = await exportModel(on.db, saved!.id, 'safetensors');
    const caught = (thrown: unknown) => thrown;
    const answer = on.ask(saved!.id, 2000).catch(caught);
    let checked = (): void => undefined;
    const checking = new Promise<void>((told) => (checked = told));
    const file = new File([blob!], fileName);
    const check = on.studio.verify(saved!.id, 'safetensors', file, checked, new AbortController().signal).catch(caught);
    await checking;
    takeAway();
    expect(await within(answer)).toMatchObject({ code: 'gpu-lost' });
    expect(await within(check)).toMatchObject({ code: 'gpu-lost' });
    expect((await within(on.ask('training'))).tokens).toBeGreaterThanOrEqual(0);
    expect(await within(on.studio.machine())).toMatchObject({ webgpu: { available: true } });
    expect((await within(on.ask(saved!.id))).tokens).toBeGreaterThanOrEqual(0);
    await stop();
  });

  test('where the browser gives no other one, the page is told to reload, and resumes the run then', LONG, async () => {
    const run = await on.start({ steps: 5000, sampleEvery: 0 });
    await on.until((e) => e.type === 'saved');
    const api = navigator.gpu;
    const { requestAdapter } = api;
    api.requestAdapter = () => Promise.resolve(null);
    try {
      takeAway();
      while (!on.events.some(({ type }) => type === 'gone')) await sleep(20);
    } finally {
      api.requestAdapter = requestAdapter;
    }
    expect(on.studio.current()).toBeUndefined();
    expect(await getRun(on.db, run.id)).toMatchObject({ status: 'interrupted', error: { code: 'gpu-gone' } });
    on.events.length = 0;
    const resumed = await on.studio.resume(run.id, { cause: 'gpu-reset', times: 1 });
    expect(resumed.notice).toMatchObject({ code: 'gpu-reset', facts: { from: resumed.step } });
    await stop();
  });
});
