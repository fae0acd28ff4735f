// A classifier through the studio, from rows with labels to probabilities: prepared, trained, stopped, resumed, asked.
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { keepLabelTask } from '../../../src/storage/labels';
import { readHistory } from '../../../src/storage/runs';
import { firstBatch } from '../../../src/studio/data/firstBatch';
import { exportModel } from '../../../src/studio/export/exportModel';
import { LabelDesk } from '../../../src/studio/data/labelDesk';
import { preflight } from '../../../src/studio/data/preflight';
import { openWeights } from '../../../src/studio/models/weights';
import { dawn, LONG } from '../../dawn';
import { classAnswer, labelTask } from '../../data/labels/tasks';
import { TuningOnGpu } from '../tuningOnGpu';

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

const NEVER = new AbortController().signal;

let on: TuningOnGpu;

async function stored(rows: readonly object[]): Promise<void> {
  on = await TuningOnGpu.open(rows, 300, CONFIG, { tiedEmbeddings: false });
}
beforeEach(() => stored(ROWS));

const classify = async (weightsId: string, texts: string[]) =>
  (await on.studio.classify({ weightsId, texts }, new AbortController().signal)).texts;

/** What a saved file of weights finds beside them. */
async function verified(weightsId: string) {
  const { blob } = await exportModel(on.db, weightsId, 'safetensors');
  return on.studio.verify(weightsId, 'safetensors', new File([blob!], 'm.zip'), () => undefined, NEVER);
}

test(
  'all weights learn the classes, tell them with probabilities, and are the start of the next run',
  LONG,
  async () => {
    const run = await on.studio.start(await on.requestOf({ method: 'full' }));
    await on.until((e) => e.type === 'step' && e.point.step >= 2);
    const training = await on.studio.classify(
      { weightsId: 'training', texts: ['A saw'] },
      new AbortController().signal,
    );
    expect([training.step! >= 2, training.texts[0]!.probabilities.length]).toEqual([true, 3]);
    await on.ended();
    expect(run.model.classes).toEqual({ names: ['bird', 'fruit', 'tool'] });
    const { losses, id } = await on.outcome(run.id);
    const told = await readHistory(on.db, run.id);
    expect(losses[0]).toBeCloseTo(Math.log(3), 1);
    expect(losses.at(-1)).toBeLessThan(0.5);
    expect(told.flatMap(({ validations }) => validations).at(-1)!.accuracy).toBeGreaterThan(0.7);
    expect(told.flatMap(({ samples }) => samples)).toEqual([]);
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
    await expect(classify(on.modelId, ['a'])).rejects.toMatchObject({ code: 'model-writes' });
    on.reopen();
    const second = await on.studio.start(await on.requestOf({ method: 'full', steps: 1 }, id));
    await on.ended();
    expect((await on.outcome(second.id)).losses[0]).toBeLessThan(0.5);
  },
);

test('an adapter is kept with its whole head, and goes on after a stop as if there had been none', LONG, async () => {
  const request = await on.requestOf({ method: 'lora', classWeights: 'balanced' });
  const whole = await on.studio.start(request);
  await on.ended();
  const expected = await on.outcome(whole.id);
  const { checkpoint, model } = await openWeights(on.db, expected.id);
  const names = checkpoint!.manifest.tensors.map((t) => t.name);
  expect([names.includes('score'), names.includes('head')]).toEqual([true, false]);
  expect(model.classes?.names).toHaveLength(3);
  const { losses, hash } = await on.cutAndResumed(request, 2);
  expect([losses, hash]).toEqual([expected.losses, expected.hash]);
  const [answer] = await classify(expected.id, ['A wren was there']);
  expect(answer!.probabilities).toHaveLength(3);
  const merged = await verified(expected.id);
  expect([merged.tokens, merged.equalTokens]).toEqual([24, 24]); // eight beginnings of each of three texts
  expect(merged.divergence).toBeLessThan(1e-6);
});

test('several classes to a text are learned each by itself', LONG, async () => {
  const rows = ROWS.map(({ text }, i) => ({
    text: `${text} ${i % 2 ? 'blue' : 'red'}`,
    labels: [...(i % 3 === 0 ? ['fruit'] : []), ...(i % 2 ? ['blue'] : [])],
  }));
  await stored(rows);
  const run = await on.studio.start(await on.requestOf({ method: 'full', classWeights: 'balanced', steps: 40 }));
  await on.ended();
  expect(run.model.classes).toEqual({ names: ['blue', 'fruit'], several: true });
  const { id, losses } = await on.outcome(run.id);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  const [answer] = await classify(id, [rows[3]!.text]);
  const { probabilities } = answer!;
  expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true);
  expect(await verified(id)).toMatchObject({ tokens: 24, equalTokens: 24, largestDifference: 0, divergence: 0 });
});

test('preflight counts the classes, and the first batch shows where each text is read', async () => {
  const found = await preflight(on.db, { ...on.askedFor(), contextLength: 16 });
  expect(found.classes).toEqual(['bird', 'fruit', 'tool'].map((name) => ({ name, train: 12, held: 3 })));
  const request = await on.requestOf();
  const shown = await firstBatch(on.db, request);
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
  await on.studio.start(
    await on.requestOf({ method: 'full', batchSize: 16, steps: 150, validationEvery: 150, saveEverySteps: 150 }),
  );
  await on.ended();
  const [best] = await listCheckpoints(on.db, on.events.flatMap((e) => (e.type === 'run' ? [e.run.id] : [])).at(-1)!);
  const task = labelTask({ classes: kinds, order: 'doubtful', rootId: on.datasetId });
  await keepLabelTask(on.db, task);
  const [desk, place] = [new LabelDesk(on.db), { taskId: task.id, datasetId: on.datasetId }];
  const answers = kinds.map((word) => ({ answer: classAnswer(word), word }));
  const by = { weightsId: best!.id, model: 'r', prompt: '', conversational: false };
  const all = { ...place, ...by, answers, places: rows.map((_, i) => i) };
  await on.studio.suggestAnswers(all, () => undefined, new AbortController().signal);
  const doubted = await desk.openPlaces(place, 50);
  expect(doubted.filter(wrong).length / 50).toBeGreaterThanOrEqual(0.7);
  const other = { ...all, answers: [{ answer: classAnswer('fish'), word: 'fish' }] };
  await expect(on.studio.suggestAnswers(other, () => undefined, new AbortController().signal)).rejects.toMatchObject({
    code: 'classes-unknown',
    facts: { unknown: 'fish', known: 'bird, fruit, tool' },
  });
});
