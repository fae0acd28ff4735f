import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../src/base/chat';
import { choicesOf } from '../../src/engine/tuneKernels/autotune';
import { fixedShader, gpu } from '../../src/engine/device/kernel';
import { listCheckpoints } from '../../src/storage/checkpoints';
import type { AtelierDb, SettingRecord, SettingValues } from '../../src/storage/db';
import { getRun } from '../../src/storage/runs';
import type { ComputeStudio } from '../../src/studio/computeStudio';
import { LONG } from '../dawn';
import { hasStatus, StudioOnGpu, watchedDevices } from './studioOnGpu';

let on: StudioOnGpu;
let db: AtelierDb;
let studio: ComputeStudio;
/** What the first run of this file measured: later storages begin with it, as those of a returning visitor do. */
let tuning: SettingRecord | undefined;
beforeAll(() => {
  watchedDevices();
});
beforeEach(async () => {
  on = await StudioOnGpu.open(tuning);
  ({ db, studio } = on);
});
const until: StudioOnGpu['until'] = (fits) => on.until(fits);
const start: StudioOnGpu['start'] = (patch) => on.start(patch);
const manifestOf: StudioOnGpu['manifestOf'] = (id) => on.manifestOf(id);
const outcome: StudioOnGpu['outcome'] = (id) => on.outcome(id);

describe('the studio of the GPU', () => {
  test('trains, tells what it measures, keeps it, and answers from what it kept', async () => {
    const run = await start();
    await until(hasStatus('finished'));
    const kinds = new Set(on.events.map((e) => e.type));
    expect([...kinds].sort()).toEqual(['preparing', 'run', 'sample', 'saved', 'saving', 'step', 'validation']);
    expect(on.events.flatMap((e) => (e.type === 'step' ? [e.point.step] : []))).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    // the page shows the record as it is sent, and counts nothing itself
    const records = on.events.flatMap((e, i) =>
      e.type === 'run' ? [{ run: e.run, before: on.events.slice(0, i) }] : [],
    );
    for (const { run: sent, before } of records) {
      const points = before.flatMap((e) => (e.type === 'step' ? [e.point] : []));
      expect(sent.step).toBe(points.at(-1)?.step ?? 0);
      expect(sent.tokens).toBe(points.reduce((sum, { tokens }) => sum + tokens, 0));
    }
    expect(on.events.findLastIndex((e) => e.type === 'step')).toBeLessThan(
      on.events.findLastIndex((e) => e.type === 'run'),
    );
    const { losses } = await outcome(run.id);
    expect(losses).toEqual(on.events.flatMap((e) => (e.type === 'step' ? [e.point.loss] : [])));
    expect(await getRun(db, run.id)).toMatchObject({ status: 'finished', step: 12, totalSteps: 12 });

    const [checkpoint] = await listCheckpoints(db, run.id);
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: 5 };
    const pieces: string[] = [];
    const request = { weightsId: checkpoint!.id, prompt: 'Row', stop: [], sampling };
    const said = await studio.generate(request, (text) => pieces.push(text), new AbortController().signal);
    expect(pieces.join('')).toBe(said.text);
    expect(said.tokens).toBeGreaterThan(0);

    tuning = await db.get('settings', 'kernelChoices');
    const [measured] = Object.values(tuning!.value as SettingValues['kernelChoices']);
    expect((await manifestOf(run.id)).kernelVariants).toMatchObject(choicesOf(measured!));
    expect((await studio.machine()).webgpu).toMatchObject({ kernelChoices: measured });
  });

  test('what comes before the first step is told, and what can be counted is', async () => {
    await start();
    await until((e) => e.type === 'step');
    const told = on.events.flatMap((e) => (e.type === 'preparing' ? [e.at] : []));
    const counts = (what: string) => told.flatMap((at) => (at.what === what ? [[at.done, at.total]] : []));
    const upTo = (total: number, from: number) => Array.from({ length: total + 1 - from }, (_, i) => [from + i, total]);
    expect([...new Set(told.map(({ what }) => what))]).toEqual(['kernels', 'measuring', 'writing', 'step']);
    const kernels = counts('kernels').at(-1)![1]!;
    expect(kernels).toBeGreaterThan(20);
    expect(counts('kernels')).toEqual(upTo(kernels, counts('kernels')[0]![0]!));
    expect(counts('measuring')).toEqual(upTo(counts('measuring').at(-1)![1]!, 1));
    expect(on.events.findLastIndex((e) => e.type === 'preparing')).toBeLessThan(
      on.events.findIndex((e) => e.type === 'step'),
    );
  });

  test('a run that goes on keeps the kernels of its checkpoint, whatever was measured since', async () => {
    const run = await start({ steps: 5000 });
    await until((e) => e.type === 'saved');
    await expect(studio.measure()).rejects.toMatchObject({ code: 'measure-busy', facts: { name: 'r' } });
    studio.stop();
    await until(hasStatus('stopped'));
    const manifest = await manifestOf(run.id);
    const kernelVariants = { ...manifest.kernelVariants, 'matmul NT large': 'workgroup32' };
    await db.put('checkpoints', { ...manifest, kernelVariants });

    on.events.length = 0;
    const { notice } = await studio.resume(run.id);
    await until((e) => e.type === 'saved');
    studio.stop();
    await until(hasStatus('stopped'));
    expect(notice).toBeUndefined();
    expect((await manifestOf(run.id)).kernelVariants).toEqual(kernelVariants);
  });

  test('a run whose kernel is gone goes on with another and says so from then on', async () => {
    const run = await start();
    await until(hasStatus('finished'));
    const manifest = await manifestOf(run.id);
    const variants = { ...manifest.kernelVariants, 'matmul NT large': 'gone' };
    await db.put('checkpoints', { ...manifest, kernelVariants: variants });
    const facts = { op: 'matmul NT large', variant: 'gone', step: 12 };
    for (let time = 0; time < 2; time++) {
      on.events.length = 0;
      expect((await studio.resume(run.id)).notice).toMatchObject({ code: 'kernel-variant', facts });
      await until(hasStatus('finished'));
      expect((await getRun(db, run.id)).notice).toMatchObject({ code: 'kernel-variant', facts });
    }
  });

  test('a run whose matrices stand in more parts than when it began says so from then on', async () => {
    const run = await start({ steps: 1 });
    await until(hasStatus('finished'));
    const allowed = gpu().mostBytes;
    gpu().mostBytes = 8192; // the embedding takes 17 KB
    try {
      for (let time = 0; time < 2; time++) {
        on.events.length = 0;
        expect((await studio.resume(run.id)).notice).toEqual({ code: 'matrix-parts', facts: { step: 1 } });
        await until(hasStatus('finished'));
      }
    } finally {
      gpu().mostBytes = allowed;
    }
  });

  test('one run at a time; pausing, going on and stopping are kept', async () => {
    const run = await start({ steps: 5000 });
    await expect(start()).rejects.toMatchObject({ code: 'run-busy' });
    studio.pause();
    await until(hasStatus('paused'));
    const paused = (await getRun(db, run.id)).step;
    expect((await listCheckpoints(db, run.id))[0]!.step).toBe(paused);
    studio.continue();
    await until((e) => e.type === 'step' && e.point.step > paused);
    studio.stop();
    await until(hasStatus('stopped'));
    expect((await listCheckpoints(db, run.id))[0]!.step).toBe((await getRun(db, run.id)).step);
    expect(studio.current()).toBeUndefined();
  });

  test('an error of the GPU ends the run safely and is told; it goes on without a reload', LONG, async () => {
    const run = await start({ steps: 200 });
    await until((e) => e.type === 'saved');
    const y = gpu().alloc([3]);
    gpu().run({
      shader: fixedShader('broken', 'this is no shader'),
      binds: [{ tensor: y, write: true }],
      workgroups: [1, 1, 1],
    });
    while (studio.current()) await new Promise((done) => setTimeout(done, 20));
    expect(on.events.find((e) => e.type === 'error')).toMatchObject({ code: 'gpu-fault' });
    expect((await getRun(db, run.id)).status).toBe('interrupted');
    on.events.length = 0;
    await studio.resume(run.id);
    await until((e) => e.type === 'step');
    studio.stop();
    await until(hasStatus('stopped'));
  });

  test('settings and sizes that cannot work are refused before anything is kept', async () => {
    await expect(start({ steps: 0 })).rejects.toMatchObject({ code: 'settings-invalid', facts: { key: 'steps' } });
    await expect(start({ contextLength: 17 })).rejects.toMatchObject({ code: 'context-too-long' });
    on.vocabSize -= 1;
    await expect(start()).rejects.toMatchObject({ code: 'vocabulary-mismatch' });
    expect(await db.getAll('runs')).toEqual([]);
  });

  test('what computes is the person’s choice; values go from one to the other, and the run says so', async () => {
    expect((await studio.machine()).cpu).toBeUndefined();
    expect(await studio.computeOn('cpu')).toMatchObject({ cpu: {}, webgpu: { available: true } });
    const run = await start({ steps: 5000 });
    expect(run.compute).toBe('cpu');
    await expect(studio.computeOn('gpu')).rejects.toMatchObject({ code: 'compute-busy', facts: { name: 'r' } });
    await until((e) => e.type === 'step' && e.point.step >= 60);
    const first = on.events.find((e) => e.type === 'step')!.point.loss;
    studio.stop();
    await until(hasStatus('stopped'));
    const manifest = await manifestOf(run.id);
    expect(manifest).toMatchObject({ gpuName: 'CPU', kernelVariants: {} });
    // How far the run came depends on the machine, and a young model may end a text at once: one of eight draws says
    // something.
    const lengths: number[] = [];
    for (let seed = 1; seed <= 8; seed++) {
      const sampling = { ...DEFAULT_SAMPLING, seed, maxTokens: 5 };
      const asked = { weightsId: manifest.id, prompt: 'Row', stop: [], sampling };
      lengths.push((await studio.generate(asked, () => undefined, new AbortController().signal)).tokens);
    }
    expect(Math.max(...lengths)).toBeGreaterThan(0);

    expect((await studio.computeOn('gpu')).cpu).toBeUndefined();
    on.events.length = 0;
    const resumed = await studio.resume(run.id);
    expect(resumed).toMatchObject({
      compute: 'gpu',
      notice: { code: 'compute-changed', facts: { from: 'CPU', to: 'GPU' } },
    });
    await until((e) => e.type === 'step' && e.point.step > manifest.step);
    const next = on.events.find((e) => e.type === 'step')!.point.loss;
    // it goes on, not anew; how far the run had come, and so its loss, depends on the machine
    expect(Math.abs(next - manifest.trainLoss!)).toBeLessThan(Math.abs(next - first));
    studio.stop();
    await until(hasStatus('stopped'));
  });

  test('a run on the CPU gives the same bits again, also when it goes on from a checkpoint', async () => {
    await studio.computeOn('cpu');
    const long = { steps: 400, validationEvery: 100, saveEverySteps: 50, sampleEvery: 0 };
    const whole = await start(long);
    await until(hasStatus('finished'));
    const undisturbed = await outcome(whole.id);

    on.events.length = 0;
    const run = await start(long);
    await until((e) => e.type === 'saved');
    studio.stop();
    await until(hasStatus('stopped'));
    on.events.length = 0;
    await studio.resume(run.id);
    await until(hasStatus('finished'));
    expect(await outcome(run.id)).toEqual(undisturbed);
  });
});
