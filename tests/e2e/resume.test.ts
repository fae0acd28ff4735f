import { expect, test } from 'vitest';
import type { StoredRun } from './studio';
import { stories } from './texts';
import { uninterrupted, Visit } from './visit';

/** Validation, samples, saving and a talk are on: they must not change the training. */
const CONFIG = {
  preset: '0.03M',
  contextLength: 32,
  batchSize: 4,
  accumulate: 2,
  steps: 40,
  validationEvery: 10,
  validationBatches: 2,
  sampleEvery: 15,
  saveEverySteps: 20,
};
const TEXT = stories(200);

async function killed(): Promise<StoredRun> {
  const visit = new Visit();
  await visit.open();
  await visit.studio.trainOn(TEXT, CONFIG);
  await visit.studio.until('run', (r) => r.checkpoints.some((c) => c.step >= 20));
  await visit.running.kill();

  await visit.start();
  const { studio, page } = visit;
  await studio.button(/^Resume from step/);
  await page.waitForURL(/#\/train/);
  await studio.go('chat'); // an answer is written between the steps, and changes none
  await studio.openChatSettings();
  await studio.setNumber('Longest reply, in tokens', 12);
  await studio.button('Continue the text');
  const written = page.getByRole('list', { name: 'What was written' });
  await written.getByRole('button', { name: /token/, expanded: false }).first().waitFor();
  const run = await studio.until('run', (r) => r.status === 'finished');
  await visit.end();
  return run;
}

test('20 steps, kill -9, 20 steps are 40 steps: every loss and the hash of the weights', async () => {
  // other intervals of measuring and saving: the training must be the same
  const alone = { ...CONFIG, validationEvery: 0, sampleEvery: 0, saveEverySteps: 7 };
  const whole = await uninterrupted(TEXT, alone);
  const resumed = await killed();
  expect(whole.losses).toHaveLength(40);
  expect(resumed.losses).toEqual(whole.losses);
  expect(resumed.checkpoints.at(-1)!.weightsSha256).toBe(whole.checkpoints.at(-1)!.weightsSha256);
});
