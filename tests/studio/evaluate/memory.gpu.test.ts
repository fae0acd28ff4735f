// Memorised text as an evaluation finds it: a small model that is tuned until it knows its rows is caught, goldfish
// masking brings it down.
import { beforeAll, expect, test } from 'vitest';
import { stream } from '../../../src/base/numbers/rng';
import type { TrainSettings } from '../../../src/base/settings/trainSettings';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { evaluatedRowView, evaluationReport } from '../../../src/studio/evaluate/report';
import { dawn } from '../../dawn';
import { TuningOnGpu } from '../tuningOnGpu';

beforeAll(() => void dawn());

const never = (): AbortSignal => new AbortController().signal;

/** Signs in an order of chance, each once: nothing can be guessed, and a sign tells the next one to who knows it. */
const [ROWS, LENGTH] = [8, 24];
const random = stream(7, 'rows');
const order = Array.from({ length: ROWS * LENGTH }, (_, i) => i);
for (let i = order.length - 1; i > 0; i--) {
  const other = random.below(i + 1);
  [order[i], order[other]] = [order[other]!, order[i]!];
}
const rows = Array.from({ length: ROWS }, (_, row) => ({
  text: String.fromCharCode(...order.slice(row * LENGTH, (row + 1) * LENGTH).map((sign) => 0x4e00 + sign)),
}));
const SETTINGS: Partial<TrainSettings> = {
  ...{ task: 'text', method: 'full', steps: 50, learningRate: 1e-2, contextLength: 96, batchSize: 2 },
  ...{ validationEvery: 0, sampleEvery: 0, saveEverySteps: 0, weightDecay: 0 },
};
const SHAPE = { hiddenSize: 32, intermediateSize: 64, heads: 2, kvHeads: 2, headDim: 16, contextLength: 96 };

async function remembered(at: TuningOnGpu, patch: Partial<TrainSettings>) {
  at.reopen();
  const run = await at.studio.start(await at.requestOf(patch));
  await at.ended();
  const [checkpoint] = await listCheckpoints(at.db, run.id);
  const tuned = { weightsId: checkpoint!.id, name: 'tuned', writing: 'plain' as const };
  const { id } = await at.studio.evaluations.begin(
    {
      ...{ name: 'e', mostRows: 100, longestAnswer: 2, seed: 1, general: false, parts: ['memory'], memoryRows: 6 },
      from: { kind: 'held-out', weightsId: tuned.weightsId, runName: 'tuned' },
      models: [tuned],
    },
    never(),
  );
  await at.studio.evaluations.measure(id, () => undefined, never());
  return { memory: (await evaluationReport(at.db, id)).memory!, row: await evaluatedRowView(at.db, id, 2) };
}

test('a model that is tuned until it knows its rows is caught, and goldfish masking brings it down', async () => {
  const at = await TuningOnGpu.open(rows, 400, SETTINGS, SHAPE, 'characters');
  const { memory, row } = await remembered(at, {});
  const tried = row.found[0]!.memory!;
  expect(tried).toMatchObject({
    part: 'memory',
    beginning: { given: 12, tokens: 12 },
    asked: { given: 6, tokens: 18 },
  });
  const masked = await remembered(at, { goldfish: 2 });
  const { trained, unseen } = memory.rows;
  expect(trained).toBe(6);
  expect(unseen).toBeGreaterThan(0);
  expect(memory.short).toEqual(memory.rows); // none has 100 tokens
  expect(memory.excess).toMatchObject({ verdict: 'memorised' });
  expect(memory.whole).toBeGreaterThanOrEqual(4);
  expect(memory.unseen).toBe(0);
  expect(masked.memory.whole).toBeLessThan(memory.whole / 2);
  expect(masked.memory.trained).toBeLessThan(memory.trained! / 2);
});
