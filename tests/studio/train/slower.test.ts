import { beforeEach, expect, test } from 'vitest';
import { saveCheckpoint } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { addRun, getRun } from '../../../src/storage/runs';
import { goodCheckpoint } from '../../../src/studio/train/slower';
import { draftOf, freshStorage, historyOfSteps, runOf, sourcesOf } from '../../storage/storage';

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

test('a checkpoint whose very next step had the loss of a dead model is none to go on from', async () => {
  await addRun(db, runOf('r', { status: 'failed', step: 40 }));
  const model = { ...draftOf('r', 0).model, vocabSize: 50_257 };
  const guess = Math.log(model.vocabSize);
  // the update of step 20 killed the model: the loss of step 20 is still that of the weights before it
  const losses = (step: number): number => (step <= 20 ? 4.7 : guess);
  for (const step of [10, 20, 30]) {
    const history = historyOfSteps('r', step - 10, step);
    const steps = history.steps.map((point) => ({ ...point, loss: losses(point.step) }));
    const draft = draftOf('r', step, { model, trainLoss: losses(step), medianLoss: 4.7 });
    await saveCheckpoint(db, draft, sourcesOf(step), { run: {}, history: { ...history, steps } });
  }
  const run = await getRun(db, 'r');
  expect((await goodCheckpoint(db, run))?.step).toBe(10);
});
