// LoRA through the studio, from a dataset to an exported adapter: started, stopped, resumed, the start of a next run.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import type { GenerateRequest } from '../../../src/base/wire/requests';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { exportModel } from '../../../src/studio/export/exportModel';
import { adapterFolderOf } from '../../../src/studio/models/modelFolder';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { openWeights } from '../../../src/studio/models/weights';
import { dawn, LONG } from '../../dawn';
import { hasStatus } from '../studioOnGpu';
import { TuningOnGpu } from '../tuningOnGpu';

const CONFIG: Partial<TrainSettings> = {
  task: 'chat',
  method: 'lora',
  loraRank: 2,
  frozenPrecision: 'f32',
  contextLength: 32,
  batchSize: 2,
  steps: 6,
  validationEvery: 3,
  saveEverySteps: 3,
  sampleEvery: 6,
  learningRate: 2e-2,
};
/** Of a run that is stopped in its first steps: what it told of them arrives a tenth of a second later, or more. */
const STOPPED: Partial<TrainSettings> = { steps: 30, validationEvery: 15, saveEverySteps: 15, sampleEvery: 0 };
const TALKS = Array.from({ length: 30 }, (_, i) => ({ prompt: `Is ${i} odd?`, completion: i % 2 ? 'Yes.' : 'No.' }));
const QUESTION = [{ role: 'user', content: 'Is 4 odd?' }] as const;

beforeAll(() => void dawn());

let on: TuningOnGpu;
beforeEach(async () => void (on = await TuningOnGpu.open(TALKS, 280, CONFIG)));

const answer = async (patch: Partial<GenerateRequest>): Promise<string> => {
  const sampling = { ...DEFAULT_SAMPLING, temperature: 1, seed: 3, maxTokens: 12 };
  const request = { weightsId: on.modelId, prompt: '', messages: [...QUESTION], stop: [], sampling, ...patch };
  return (await on.studio.generate(request, () => undefined, new AbortController().signal)).text;
};

describe('an adapter beside a kept model', () => {
  test('learns from conversations, is kept alone, and is heard with its base or without', async () => {
    const run = await on.studio.start(await on.requestOf());
    await on.ended();
    const { losses, id } = await on.outcome(run.id);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    const sample = on.events.find((e) => e.type === 'sample');
    expect(sample).toMatchObject({
      point: { prompt: expect.stringMatching(/^user: Is \d+ odd\?\nassistant:$/) as string },
    });
    const { checkpoint, adapter } = await openWeights(on.db, id);
    const names = checkpoint!.manifest.tensors.filter((t) => t.role === 'weight').map((t) => t.name);
    expect(names.every((name) => /\.lora[AB]$/.test(name))).toBe(true);
    expect(adapter!.lora).toMatchObject({ baseId: on.modelId, rank: 2, precision: 'f32' });

    const base = await answer({});
    const tuned = await answer({ weightsId: id });
    expect(tuned).not.toBe(base);
    expect(await answer({ weightsId: id, bare: true })).toBe(base);
    expect(await answer({ weightsId: id })).toBe(tuned);
  });

  test('goes on after a stop as if there had been none', LONG, async () => {
    const request = await on.requestOf(STOPPED);
    const whole = await on.studio.start(request);
    await on.ended();
    const expected = await on.outcome(whole.id);
    const { losses, hash } = await on.cutAndResumed(request, 3);
    expect(losses).toEqual(expected.losses);
    expect(hash).toBe(expected.hash);
  });

  test('is the start of the next run, with its own rank; so is one that left as PEFT and came back', LONG, async () => {
    const first = await on.studio.start(await on.requestOf({ steps: 3 }));
    await on.ended();
    const { id, losses } = await on.outcome(first.id);
    on.reopen();
    const second = await on.studio.start(await on.requestOf({ steps: 1, loraRank: 7 }, id));
    await on.until(hasStatus('finished'));
    expect(second).toMatchObject({ lora: { baseId: on.modelId, rank: 2 }, settings: { loraRank: 2 } });
    expect(second.origin).toMatchObject({ kind: 'checkpoint', checkpointId: id });
    const own = await on.outcome(second.id);
    expect(own.losses[0]).toBeLessThan(losses[0]!);

    const { blob, fileName } = await exportModel(on.db, id, 'peft');
    const back = await keepAdapter(on.db, on.modelId, await adapterFolderOf([new File([blob!], fileName)]));
    const [kept] = await listCheckpoints(on.db, back.id);
    on.reopen();
    const third = await on.studio.start(await on.requestOf({ steps: 1 }, kept!.id));
    await on.until(hasStatus('finished'));
    expect(third).toMatchObject({ origin: { runName: back.name }, settings: { loraRank: 2, loraTargets: 'all' } });
    const came = await on.outcome(third.id);
    expect([came.losses, came.hash]).toEqual([own.losses, own.hash]);
  });
});

test('a step of a run is timed for its estimate, and leaves nothing else', async () => {
  const request = await on.requestOf();
  const { model } = await openWeights(on.db, on.modelId);
  const asked = { model, settings: request.settings };
  await on.studio.measureOnce();
  expect((await on.studio.estimate(asked)).measured).toBeUndefined();
  await on.studio.measureStep(request);
  expect(await on.studio.estimate(asked)).toMatchObject({ measured: true, seconds: expect.any(Number) as number });
  const unlike = [
    { ...asked, model: { ...model, hiddenSize: 4 * model.hiddenSize } },
    { model, settings: { ...request.settings, method: 'full' as const } },
  ];
  for (const other of unlike) expect((await on.studio.estimate(other)).measured, 'of another kind').toBeUndefined();
  expect([await on.db.count('runs'), await on.db.count('checkpoints')]).toEqual([0, 0]);
  await on.studio.start(request);
  await expect(on.studio.measureStep(request)).rejects.toMatchObject({ code: 'measure-busy' });
  await on.ended();
});

test('what cannot be trained is refused in words', async () => {
  const request = await on.requestOf();
  const scratch = { kind: 'scratch', model: (await openWeights(on.db, on.modelId)).model } as const;
  await expect(on.studio.start({ ...request, start: scratch })).rejects.toMatchObject({ code: 'lora-needs-model' });
  const dpo = { ...request, settings: { ...request.settings, task: 'dpo' as const, method: 'full' as const } };
  await expect(on.studio.start(dpo)).rejects.toMatchObject({ code: 'dpo-needs-adapter' });
  const kto = { ...request.settings, task: 'kto' as const };
  await expect(on.studio.start({ ...request, settings: { ...kto, method: 'full' } })).rejects.toMatchObject({
    code: 'kto-needs-adapter',
  });
  await expect(on.studio.start({ ...request, settings: { ...kto, batchSize: 1 } })).rejects.toMatchObject({
    code: 'kto-batch-small',
  });
  const text = { ...request, settings: { ...request.settings, task: 'text' as const } };
  await expect(on.studio.start(text)).rejects.toMatchObject({
    code: 'task-mismatch',
    facts: { prepared: 'chat', asked: 'text' },
  });
});

test('KTO learns marks by itself, and gives the same bits after a stop', LONG, async () => {
  const marked = TALKS.map(({ prompt }, i) => ({
    prompt,
    completion: i % 3 ? 'Surely.' : 'Perhaps.',
    label: i % 3 > 0,
  }));
  await on.useRows(marked);
  const request = await on.requestOf({ ...STOPPED, task: 'kto', batchSize: 4, badWeight: 2 });
  const whole = await on.studio.start(request);
  await on.ended();
  const expected = await on.outcome(whole.id);
  const steps = on.events.flatMap((e) => (e.type === 'step' ? [e.point.rewards!] : []));
  expect(steps[0]!.kl).toBe(0); // a fresh adapter is its own reference
  expect(steps.at(-1)!.margin).toBeGreaterThan(0.1);
  const { losses, hash } = await on.cutAndResumed(request, 2);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
});

test('DPO from an adapter compares with that adapter, from its first step and after a stop', LONG, async () => {
  const tuned = await on.studio.start(await on.requestOf({ steps: 4 }));
  await on.ended();
  const { id } = await on.outcome(tuned.id);
  const pairs = TALKS.map(({ prompt, completion: chosen }) => ({ prompt, chosen, rejected: 'Perhaps.' }));
  await on.useRows(pairs);
  const request = await on.requestOf({ ...STOPPED, task: 'dpo' }, id);
  on.reopen();
  const whole = await on.studio.start(request);
  await on.ended();
  const expected = await on.outcome(whole.id);
  expect(expected.losses[0]).toBeCloseTo(Math.LN2, 4);
  expect(expected.losses.at(-1)).toBeLessThan(expected.losses[0]!);
  await expect(exportModel(on.db, expected.id, 'job')).rejects.toMatchObject({ code: 'job-own-reference' });
  const { losses, hash } = await on.cutAndResumed(request, 2);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
});
