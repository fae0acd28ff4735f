// A classifier through the studio, from rows with labels to probabilities: prepared, trained, stopped, resumed, asked.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import type { RunEvent } from '../../../src/base/wire/events';
import { parameterCount, type ModelShape } from '../../../src/base/modelShape';
import type { PrepareRequest, RunRequest } from '../../../src/base/wire/requests';
import { initialWeights } from '../../../src/engine/models/weights';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { keepLabelTask } from '../../../src/storage/labels';
import { addModel } from '../../../src/storage/models';
import { readHistory } from '../../../src/storage/runs';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { firstBatch } from '../../../src/studio/data/firstBatch';
import { LabelDesk } from '../../../src/studio/data/labelDesk';
import { importFile } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { prepare } from '../../../src/studio/data/prepare';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { openWeights } from '../../../src/studio/models/weights';
import { dawn, LONG } from '../../dawn';
import { classAnswer, labelTask } from '../../data/labels/tasks';
import { freshStorage } from '../../storage/storage';

const CONFIG: Partial<TrainSettings> = {
  ...{ task: 'classify', loraRank: 2, frozenPrecision: 'f32', contextLength: 16, batchSize: 4, steps: 30 },
  ...{ validationEvery: 15, saveEverySteps: 10, sampleEvery: 5, learningRate: 2e-2 },
};
const WORDS = { fruit: ['apple', 'pear', 'plum'], tool: ['saw', 'file', 'drill'], bird: ['wren', 'kite', 'owl'] };
const ROWS = Array.from({ length: 45 }, (_, i) => {
  const label = Object.keys(WORDS)[i % 3] as keyof typeof WORDS;
  return { text: `A ${WORDS[label][(i % 9) % 3]!} was there, number ${i}: ${WORDS[label][(i >> 1) % 3]!}`, label };
});

beforeAll(() => void dawn());

let db: AtelierDb;
let studio: ComputeStudio;
let events: RunEvent[];
let modelId: string;
let datasetId: string;
let tokenizerId: string;

async function stored(rows: readonly object[]): Promise<void> {
  db = await freshStorage();
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  datasetId = (await importFile(db, new File([lines], 'rows.jsonl'))).id;
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 300, datasetIds: [datasetId] });
  tokenizerId = tokenizer.id;
  modelId = await keptModel(tokenizer.vocabSize, tokenizer.endId);
  open();
}
beforeEach(() => stored(ROWS));

function open(): void {
  studio = new ComputeStudio(db);
  events = [];
  studio.subscribe((batch) => events.push(...batch));
}

async function keptModel(vocabSize: number, endId: number): Promise<string> {
  const model: ModelShape = {
    ...{ vocabSize, hiddenSize: 16, intermediateSize: 24, layers: 1, heads: 2, kvHeads: 1, headDim: 8 },
    ...{ contextLength: 32, ropeTheta: 10_000, normEps: 1e-5, tiedEmbeddings: false },
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

const askedFor = (weightsId: string): PrepareRequest => ({
  ...{ datasetIds: [datasetId], tokenizerId, seed: 1, validationShare: 0.2 },
  ...{ task: 'classify', weightsId },
});

async function requestOf(patch: Partial<TrainSettings> = {}, weightsId = modelId): Promise<RunRequest> {
  const settings = { ...defaultSettings(), ...CONFIG, ...patch };
  const { id: preparedId } = await prepare(db, askedFor(weightsId));
  return { name: 'r', start: { kind: 'weights', weightsId }, preparedId, tokenizerId, settings };
}

async function until(fits: (event: RunEvent) => boolean): Promise<void> {
  while (!events.some(fits)) {
    const error = events.find((e) => e.type === 'error');
    if (error) throw new Error(JSON.stringify(error));
    await new Promise((done) => setTimeout(done, 20));
  }
}
const ended = (e: RunEvent): boolean => e.type === 'run' && (e.run.status === 'finished' || e.run.status === 'stopped');

async function outcome(runId: string) {
  const parts = await readHistory(db, runId);
  const losses = parts.flatMap((part) => part.steps.map((p) => p.loss));
  const [last] = await listCheckpoints(db, runId);
  const validations = parts.flatMap((part) => part.validations);
  return { losses, id: last!.id, hash: last!.weightsSha256, validations, samples: parts.flatMap((p) => p.samples) };
}

const classify = (weightsId: string, texts: string[]) =>
  studio.classify(weightsId, texts, new AbortController().signal);

test(
  'all weights learn the classes, tell them with probabilities, and are the start of the next run',
  LONG,
  async () => {
    const run = await studio.start(await requestOf({ method: 'full' }));
    await until(ended);
    expect(run.model.classes).toEqual({ names: ['bird', 'fruit', 'tool'] });
    const { losses, id, validations, samples } = await outcome(run.id);
    expect(losses[0]).toBeCloseTo(Math.log(3), 1);
    expect(losses.at(-1)).toBeLessThan(0.5);
    expect(validations.at(-1)!.accuracy).toBeGreaterThan(0.7);
    expect(samples).toEqual([]);
    const texts = ['A wren was there, number 3: owl', 'A saw was there: drill', ''];
    const answers = await classify(id, texts);
    answers.forEach(({ probabilities }) => expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5));
    const best = answers.map(({ probabilities: p }) => p.indexOf(Math.max(...p)));
    expect(best.slice(0, 2)).toEqual([0, 2]);
    for (const [i, text] of texts.entries()) {
      const [alone] = await classify(id, [text]);
      alone!.probabilities.forEach((one, of) => expect(answers[i]!.probabilities[of]).toBeCloseTo(one, 5));
    }
    const [long] = await classify(id, ['owl '.repeat(60)]);
    expect(long!.cut).toBeGreaterThan(0);
    await expect(classify(modelId, ['a'])).rejects.toMatchObject({ code: 'model-writes' });
    open();
    const second = await studio.start(await requestOf({ method: 'full', steps: 1 }, id));
    await until(ended);
    expect((await outcome(second.id)).losses[0]).toBeLessThan(0.5);
  },
);

test('an adapter is kept with its whole head, and goes on after a stop as if there had been none', LONG, async () => {
  const request = await requestOf({ method: 'lora', classWeights: 'balanced' });
  const whole = await studio.start(request);
  await until(ended);
  const expected = await outcome(whole.id);
  const { checkpoint, model } = await openWeights(db, expected.id);
  const names = checkpoint!.manifest.tensors.map((t) => t.name);
  expect([names.includes('score'), names.includes('head')]).toEqual([true, false]);
  expect(model.classes?.names).toHaveLength(3);
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
  const [answer] = await classify(expected.id, ['A wren was there']);
  expect(answer!.probabilities).toHaveLength(3);
});

test('several classes to a text are learned each by itself', LONG, async () => {
  const rows = ROWS.map(({ text }, i) => ({
    text: `${text} ${i % 2 ? 'blue' : 'red'}`,
    labels: [...(i % 3 === 0 ? ['fruit'] : []), ...(i % 2 ? ['blue'] : [])],
  }));
  await stored(rows);
  const run = await studio.start(await requestOf({ method: 'full', classWeights: 'balanced', steps: 40 }));
  await until(ended);
  expect(run.model.classes).toEqual({ names: ['blue', 'fruit'], several: true });
  const { id, losses } = await outcome(run.id);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  const [answer] = await classify(id, [rows[3]!.text]);
  const { probabilities } = answer!;
  expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true);
});

test('preflight counts the classes, and the first batch shows where each text is read', async () => {
  const found = await preflight(db, { ...askedFor(modelId), contextLength: 16 });
  expect(found.classes).toEqual(['bird', 'fruit', 'tool'].map((name) => ({ name, train: 12, held: 3 })));
  const request = await requestOf();
  const shown = await firstBatch(db, request);
  const read = shown.windows.flat().filter(({ labels }) => labels);
  expect(read.length).toBeGreaterThan(0);
  for (const { labels, graded } of read) expect([labels?.length, graded]).toEqual([1, 1]);
  expect(shown.windows.flat().filter(({ graded }) => graded > 0)).toHaveLength(read.length);
});

test('a trained classifier finds most of the wrong labels of its own rows', LONG, async () => {
  const kinds = Object.keys(WORDS) as (keyof typeof WORDS)[];
  const wrong = (i: number): boolean => (i * 7919) % 101 < 10; // one label in ten says another class
  const rows = Array.from({ length: 500 }, (_, i) => {
    const kind = kinds[(7 * i) % 3]!;
    const text = `A ${WORDS[kind][(i >> 2) % 3]!} was there, number ${i % 13}: ${WORDS[kind][(i >> 1) % 3]!}`;
    return { text, label: wrong(i) ? kinds[(kinds.indexOf(kind) + 1 + (i % 2)) % 3]! : kind };
  });
  await stored(rows);
  await studio.start(
    await requestOf({ method: 'full', batchSize: 16, steps: 150, validationEvery: 150, saveEverySteps: 150 }),
  );
  await until(ended);
  const [best] = await listCheckpoints(db, events.flatMap((e) => (e.type === 'run' ? [e.run.id] : [])).at(-1)!);
  const task = labelTask({ classes: kinds, order: 'doubtful', rootId: datasetId });
  await keepLabelTask(db, task);
  const [desk, place] = [new LabelDesk(db), { taskId: task.id, datasetId }];
  const answers = kinds.map((word) => ({ answer: classAnswer(word), word }));
  const asked = { datasetId, taskId: task.id, weightsId: best!.id, model: 'r', prompt: '', conversational: false };
  const all = { ...asked, answers, places: rows.map((_, i) => i) };
  await studio.suggestAnswers(all, () => undefined, new AbortController().signal);
  const doubted = await desk.openPlaces(place, 50);
  expect(doubted.filter(wrong).length / 50).toBeGreaterThanOrEqual(0.7);
  const other = { ...all, answers: [{ answer: classAnswer('fish'), word: 'fish' }] };
  await expect(studio.suggestAnswers(other, () => undefined, new AbortController().signal)).rejects.toMatchObject({
    code: 'classes-unknown',
    facts: { unknown: 'fish', known: 'bird, fruit, tool' },
  });
});
