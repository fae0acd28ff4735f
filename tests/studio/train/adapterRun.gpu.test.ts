// LoRA through the studio, from a dataset to an exported adapter: started, stopped, resumed, the start of a next run.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING } from '../../../src/base/chat';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { RunEvent } from '../../../src/base/wire/events';
import { parameterCount, type ModelShape } from '../../../src/base/modelShape';
import type { GenerateRequest, RunRequest } from '../../../src/base/wire/requests';
import { initialWeights } from '../../../src/engine/models/weights';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { addModel } from '../../../src/storage/models';
import { readHistory } from '../../../src/storage/runs';
import { exportModel } from '../../../src/studio/export/exportModel';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { importFile } from '../../../src/studio/data/importData';
import { adapterFolderOf } from '../../../src/studio/models/modelFolder';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { prepare } from '../../../src/studio/data/prepare';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { openWeights } from '../../../src/studio/models/weights';
import { dawn, LONG } from '../../dawn';
import { freshStorage } from '../../storage/storage';

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

let db: AtelierDb;
let studio: ComputeStudio;
let events: RunEvent[];
let modelId: string;
let datasetId: string;
let tokenizerId: string;
beforeEach(async () => {
  db = await freshStorage();
  const lines = TALKS.map((talk) => JSON.stringify(talk)).join('\n');
  datasetId = (await importFile(db, new File([lines], 'talks.jsonl'))).id;
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 280, datasetIds: [datasetId] });
  tokenizerId = tokenizer.id;
  modelId = await keptModel(tokenizer.vocabSize, tokenizer.endId);
  open();
});

function open(): void {
  studio = new ComputeStudio(db);
  events = [];
  studio.subscribe((batch) => events.push(...batch));
}

async function keptModel(vocabSize: number, endId: number): Promise<string> {
  const model: ModelShape = {
    vocabSize,
    hiddenSize: 16,
    intermediateSize: 24,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    headDim: 8,
    contextLength: 32,
    ropeTheta: 10_000,
    normEps: 1e-5,
  };
  const tensors = [...initialWeights(model, 5)].map(({ bytes, ...spec }) => ({
    spec,
    parts: async function* () {
      yield await Promise.resolve(bytes);
    },
  }));
  const draft = { name: 'm', source: 'm', model, tokenizerId, endTokenIds: [endId], parameters: parameterCount(model) };
  return (await addModel(db, draft, tensors)).id;
}

async function requestOf(patch: Partial<TrainSettings> = {}, weightsId = modelId): Promise<RunRequest> {
  const settings = { ...defaultSettings(), ...CONFIG, ...patch };
  const { task } = settings;
  const asked = { datasetIds: [datasetId], tokenizerId, seed: 1, validationShare: 0.2, task, weightsId };
  const { id: preparedId } = await prepare(db, asked);
  return { name: 'r', start: { kind: 'weights', weightsId }, preparedId, tokenizerId, settings };
}

/** Waits until an event fits; a failed run ends the wait with its error. */
async function until(fits: (event: RunEvent) => boolean): Promise<void> {
  while (!events.some(fits)) {
    const error = events.find((e) => e.type === 'error');
    if (error) throw new Error(JSON.stringify(error));
    await new Promise((done) => setTimeout(done, 20));
  }
}
const ended = (e: RunEvent): boolean => e.type === 'run' && (e.run.status === 'finished' || e.run.status === 'stopped');

async function outcome(runId: string) {
  const losses = (await readHistory(db, runId)).flatMap((part) => part.steps.map((p) => p.loss));
  const [last] = await listCheckpoints(db, runId);
  return { losses, id: last!.id, hash: last!.weightsSha256 };
}

const answer = async (patch: Partial<GenerateRequest>): Promise<string> => {
  const sampling = { ...DEFAULT_SAMPLING, temperature: 1, seed: 3, maxTokens: 12 };
  const request = { weightsId: modelId, prompt: '', messages: [...QUESTION], stop: [], sampling, ...patch };
  return (await studio.generate(request, () => undefined, new AbortController().signal)).text;
};

describe('an adapter beside a kept model', () => {
  test('learns from conversations, is kept alone, and is heard with its base or without', async () => {
    const run = await studio.start(await requestOf());
    await until(ended);
    const { losses, id } = await outcome(run.id);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    const sample = events.find((e) => e.type === 'sample');
    expect(sample).toMatchObject({
      point: { prompt: expect.stringMatching(/^user: Is \d+ odd\?\nassistant:$/) as string },
    });
    const { checkpoint, adapter } = await openWeights(db, id);
    const names = checkpoint!.manifest.tensors.filter((t) => t.role === 'weight').map((t) => t.name);
    expect(names.every((name) => /\.lora[AB]$/.test(name))).toBe(true);
    expect(adapter!.lora).toMatchObject({ baseId: modelId, rank: 2, precision: 'f32' });

    const base = await answer({});
    const tuned = await answer({ weightsId: id });
    expect(tuned).not.toBe(base);
    expect(await answer({ weightsId: id, bare: true })).toBe(base);
    expect(await answer({ weightsId: id })).toBe(tuned);
  });

  test('goes on after a stop as if there had been none', LONG, async () => {
    const whole = await studio.start(await requestOf(STOPPED));
    await until(ended);
    const expected = await outcome(whole.id);

    open();
    const cut = await studio.start(await requestOf(STOPPED));
    await until((e) => e.type === 'step' && e.point.step >= 3);
    studio.stop();
    await until(ended);
    open();
    await studio.resume(cut.id);
    await until((e) => e.type === 'run' && e.run.status === 'finished');
    const { losses, hash } = await outcome(cut.id);
    expect(losses).toEqual(expected.losses);
    expect(hash).toBe(expected.hash);
  });

  test('is the start of the next run, with its own rank; so is one that left as PEFT and came back', LONG, async () => {
    const first = await studio.start(await requestOf({ steps: 3 }));
    await until(ended);
    const { id, losses } = await outcome(first.id);
    open();
    const second = await studio.start(await requestOf({ steps: 1, loraRank: 7 }, id));
    await until((e) => e.type === 'run' && e.run.status === 'finished');
    expect(second).toMatchObject({ lora: { baseId: modelId, rank: 2 }, settings: { loraRank: 2 } });
    expect(second.origin).toMatchObject({ kind: 'checkpoint', checkpointId: id });
    const own = await outcome(second.id);
    expect(own.losses[0]).toBeLessThan(losses[0]!);

    const { blob, fileName } = await exportModel(db, id, 'peft');
    const back = await keepAdapter(db, modelId, await adapterFolderOf([new File([blob!], fileName)]));
    const [kept] = await listCheckpoints(db, back.id);
    open();
    const third = await studio.start(await requestOf({ steps: 1 }, kept!.id));
    await until((e) => e.type === 'run' && e.run.status === 'finished');
    expect(third).toMatchObject({ origin: { runName: back.name }, settings: { loraRank: 2, loraTargets: 'all' } });
    const came = await outcome(third.id);
    expect([came.losses, came.hash]).toEqual([own.losses, own.hash]);
  });
});

test('a step of a run is timed for its estimate, and leaves nothing else', async () => {
  const request = await requestOf();
  const { model } = await openWeights(db, modelId);
  const asked = { model, settings: request.settings };
  await studio.measureOnce();
  expect((await studio.estimate(asked)).measured).toBeUndefined();
  await studio.measureStep(request);
  expect(await studio.estimate(asked)).toMatchObject({ measured: true, seconds: expect.any(Number) as number });
  const unlike = [
    { ...asked, model: { ...model, hiddenSize: 4 * model.hiddenSize } },
    { model, settings: { ...request.settings, method: 'full' as const } },
  ];
  for (const other of unlike) expect((await studio.estimate(other)).measured, 'of another kind').toBeUndefined();
  expect([await db.count('runs'), await db.count('checkpoints')]).toEqual([0, 0]);
  await studio.start(request);
  await expect(studio.measureStep(request)).rejects.toMatchObject({ code: 'measure-busy' });
  await until(ended);
});

test('what cannot be trained is refused in words', async () => {
  const request = await requestOf();
  const scratch = { kind: 'scratch', model: (await openWeights(db, modelId)).model } as const;
  await expect(studio.start({ ...request, start: scratch })).rejects.toMatchObject({ code: 'lora-needs-model' });
  const dpo = { ...request, settings: { ...request.settings, task: 'dpo' as const, method: 'full' as const } };
  await expect(studio.start(dpo)).rejects.toMatchObject({ code: 'dpo-needs-adapter' });
  const kto = { ...request.settings, task: 'kto' as const };
  await expect(studio.start({ ...request, settings: { ...kto, method: 'full' } })).rejects.toMatchObject({
    code: 'kto-needs-adapter',
  });
  await expect(studio.start({ ...request, settings: { ...kto, batchSize: 1 } })).rejects.toMatchObject({
    code: 'kto-batch-small',
  });
  const text = { ...request, settings: { ...request.settings, task: 'text' as const } };
  await expect(studio.start(text)).rejects.toMatchObject({
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
  const lines = marked.map((row) => JSON.stringify(row)).join('\n');
  datasetId = (await importFile(db, new File([lines], 'thumbs.jsonl'))).id;
  const request = await requestOf({ ...STOPPED, task: 'kto', batchSize: 4, badWeight: 2 });
  const whole = await studio.start(request);
  await until(ended);
  const expected = await outcome(whole.id);
  const steps = events.flatMap((e) => (e.type === 'step' ? [e.point.rewards!] : []));
  expect(steps[0]!.kl).toBe(0); // a fresh adapter is its own reference
  expect(steps.at(-1)!.margin).toBeGreaterThan(0.1);

  open();
  const cut = await studio.start(request);
  await until((e) => e.type === 'step' && e.point.step >= 2);
  studio.stop();
  await until(ended);
  open();
  await studio.resume(cut.id);
  await until((e) => e.type === 'run' && e.run.status === 'finished');
  const { losses, hash } = await outcome(cut.id);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
  await expect(exportModel(db, expected.id, 'job')).rejects.toMatchObject({ code: 'job-of-thumbs' });
});

test('DPO from an adapter compares with that adapter, from its first step and after a stop', LONG, async () => {
  const tuned = await studio.start(await requestOf({ steps: 4 }));
  await until(ended);
  const { id } = await outcome(tuned.id);
  const pairs = TALKS.map(({ prompt, completion: chosen }) => ({ prompt, chosen, rejected: 'Perhaps.' }));
  const lines = pairs.map((pair) => JSON.stringify(pair)).join('\n');
  datasetId = (await importFile(db, new File([lines], 'pairs.jsonl'))).id;
  const request = await requestOf({ ...STOPPED, task: 'dpo' }, id);
  open();
  const whole = await studio.start(request);
  await until(ended);
  const expected = await outcome(whole.id);
  expect(expected.losses[0]).toBeCloseTo(Math.LN2, 4);
  expect(expected.losses.at(-1)).toBeLessThan(expected.losses[0]!);

  open();
  const cut = await studio.start(request);
  await until((e) => e.type === 'step' && e.point.step >= 2);
  studio.stop();
  await until(ended);
  open();
  await studio.resume(cut.id);
  await until((e) => e.type === 'run' && e.run.status === 'finished');
  const { losses, hash } = await outcome(cut.id);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
});
