// A model that writes, held to a list of labels: against transformers (tests/fixtures/row_losses.py), and tuned on labels
// as answers.
import { beforeAll, expect, test } from 'vitest';
import type { LabelMeasure, LabelsAsked } from '../../../src/base/wire/classes';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { datasetLabels, learnedLabels } from '../../../src/studio/data/answerLabels';
import { dawn, LONG } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { TuningOnGpu } from '../tuningOnGpu';
import { letterModel, lettersGolden } from './families';

beforeAll(() => void dawn());

const { prompts, answers, found } = lettersGolden();
const never = new AbortController().signal;
const asked = (measure: LabelMeasure, patch: Partial<LabelsAsked> = {}): LabelsAsked => ({
  ...{ labels: answers, prompt: '{text}', conversational: false, measure },
  ...patch,
});

test.each(['gpt2', 'llama'] as const)('labels are as likely as transformers finds them under %s', async (name) => {
  const db = await freshStorage();
  const [{ id: weightsId }, studio] = [await letterModel(db, name), new ComputeStudio(db)];
  for (const measure of ['whole', 'token'] as const) {
    const { texts, step } = await studio.classify({ weightsId, texts: prompts, asked: asked(measure) }, never);
    const expected = measure === 'whole' ? found[name].answers : found[name].answersByToken;
    expected.forEach((row, i) => row.forEach((p, k) => expect(texts[i]!.probabilities[k]).toBeCloseTo(p, 4)));
    expect([texts.length, step]).toEqual([expected.length, undefined]);
  }
  const long = { weightsId, texts: ['丁'.repeat(100)], asked: asked('whole', { conversational: true }) };
  const [cut] = (await studio.classify(long, never)).texts;
  expect([cut!.tokens, cut!.cut! > 36]).toEqual([100, true]); // of 64 places some are the template's
  expect(cut!.probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  await expect(studio.classify({ weightsId, texts: ['丁'] }, never)).rejects.toMatchObject({ code: 'model-writes' });
});

test(
  'a model that was tuned on labels as answers gives them, from its stored weights and while it trains',
  LONG,
  async () => {
    const WORDS = { fruit: 'pear', tool: 'saw' };
    const kinds = ['fruit', 'tool'] as const;
    const rows = Array.from({ length: 40 }, (_, i) => ({
      prompt: `A ${WORDS[kinds[i % 2]!]}, ${i % 5}`,
      completion: kinds[i % 2]!,
    }));
    const on = await TuningOnGpu.open(rows, 300, {
      ...{ task: 'chat', method: 'full', contextLength: 32, batchSize: 8, steps: 60, learningRate: 2e-2 },
      ...{ validationEvery: 60, saveEverySteps: 60, sampleEvery: 1000 },
    });
    const run = await on.studio.start(await on.requestOf());
    const known = await learnedLabels(on.db, run.id);
    expect(known).toEqual({ labels: ['fruit', 'tool'], answers: true });
    const list = asked('whole', { labels: known!.labels, conversational: true });
    const texts = ['A pear, 3', 'A saw, 1'];
    await on.until((e) => e.type === 'step' && e.point.step >= 2);
    const training = await on.studio.classify({ weightsId: 'training', texts, asked: list }, never);
    expect([training.step! >= 2, training.texts.length]).toEqual([true, 2]);
    await on.ended();
    const { id: weightsId } = await on.outcome(run.id);
    const { texts: told } = await on.studio.classify({ weightsId, texts, asked: list }, never);
    expect(told.map(({ probabilities: [fruit, tool] }) => fruit! > tool!)).toEqual([true, false]);
    await expect(on.studio.classify({ weightsId: 'training', texts, asked: list }, never)).rejects.toMatchObject({
      code: 'no-run',
    });
    await on.useRows(
      Array.from({ length: 8 }, (_, i) => ({ prompt: `${i}`, completion: `an answer of its own, ${i}` })),
    );
    await expect(datasetLabels(on.db, on.datasetId)).rejects.toMatchObject({ code: 'answer-labels-none' });
    await on.useRows(rows.map(({ prompt: text, completion: label }) => ({ text, label })));
    expect(await datasetLabels(on.db, on.datasetId)).toEqual({ labels: ['fruit', 'tool'], answers: false });
  },
);
