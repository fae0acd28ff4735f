// Tuning on the CPU, where other tests tune on the GPU: a classifier, and new tokens beside a base in four bits.
import { afterEach, beforeAll, expect, test } from 'vitest';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import { keepCompute } from '../../../src/storage/settings';
import { prepare } from '../../../src/studio/data/prepare';
import { extendTokenizer } from '../../../src/studio/models/newTokens';
import { openWeights } from '../../../src/studio/models/weights';
import { dawn } from '../../dawn';
import { TuningOnGpu } from '../tuningOnGpu';

const NEVER = new AbortController().signal;
const BRIEF: Partial<TrainSettings> = {
  ...{ loraRank: 2, contextLength: 8, batchSize: 2, steps: 60, learningRate: 2e-2 },
  ...{ validationEvery: 0, sampleEvery: 0, saveEverySteps: 0, saveEveryMinutes: 0 },
};

let on: TuningOnGpu;
beforeAll(() => void dawn()); // the studio looks what there is, and computes on the CPU all the same
afterEach(() => on.studio.computeOn('gpu'));

/** A studio that computes on the CPU. */
async function opened(rows: readonly object[], settings: Partial<TrainSettings>): Promise<void> {
  on = await TuningOnGpu.open(rows, 270, { ...BRIEF, ...settings });
  await keepCompute(on.db, 'cpu');
  on.reopen();
}

test.each(['full', 'lora'] as const)('a classifier learns on the CPU, and is asked there: %s', async (method) => {
  const word = (i: number): string => (i % 2 ? 'apple' : 'saw');
  const rows = Array.from({ length: 24 }, (_, i) => ({ text: `${i} ${word(i)}`, label: i % 2 ? 'fruit' : 'tool' }));
  await opened(rows, { task: 'classify', method, frozenPrecision: 'f32', steps: 30, learningRate: 4e-2 });
  const run = await on.studio.start(await on.requestOf());
  await on.ended();
  const { losses, id } = await on.outcome(run.id);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses.at(-1)).toBeLessThan(0.4);
  const texts = rows.slice(0, 4).map(({ text }) => text);
  const { texts: found } = await on.studio.classify({ weightsId: id, texts }, NEVER);
  expect(found.map(({ probabilities: [fruit, tool] }) => fruit! > tool!)).toEqual([false, true, false, true]);
});

test('new tokens learn on the CPU beside a base in four bits, and resume to the same bits', async () => {
  const frozenPrecision = 'q4';
  const rows = Array.from({ length: 12 }, (_, i) => ({ text: `<|ctx|>river ${i}<tool>to the sea` }));
  await opened(rows, { task: 'text', method: 'lora', frozenPrecision });
  const texts = ['<|ctx|>', '<tool>'];
  const { model } = await openWeights(on.db, on.modelId);
  const { id: tokenizerId } = await extendTokenizer(on.db, {
    ...{ tokenizerId: on.tokenizerId, texts, baseRows: model.vocabSize },
  });
  const asked = { datasetIds: [on.datasetId], tokenizerId, seed: 1, validationShare: 0 };
  const { id: preparedId } = await prepare(on.db, asked);
  const settings = { ...defaultSettings(), ...BRIEF, task: 'text', method: 'lora', frozenPrecision } as const;
  const start = { kind: 'weights', weightsId: on.modelId } as const;
  const request = { name: 'r', start, preparedId, tokenizerId, settings: { ...settings, newTokens: texts.join('\n') } };
  const run = await on.studio.start(request);
  await on.ended();
  const { losses, id, hash } = await on.outcome(run.id);
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.5);
  const { adapter } = await openWeights(on.db, id);
  const learned = await adapter!.read('embedding.rows', 0, 2);
  expect(learned.subarray(0, 16)).not.toEqual(learned.subarray(16)); // both began as the mean
  const again = await on.cutAndResumed(request, 3);
  expect([again.losses, again.hash]).toEqual([losses, hash]);
});
