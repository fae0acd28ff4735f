import { afterAll, beforeAll, expect, test } from 'vitest';
import { newProfile, openBrowser, serve, type Served } from './harness';
import { Studio, uninterrupted, type StoredRun } from './studio';
import { stories } from './texts';

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

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

async function killed(): Promise<StoredRun> {
  const profile = newProfile();
  let running = await openBrowser(profile.folder);
  let studio = new Studio(running.page, served.origin);
  await studio.trainOn(TEXT, CONFIG);
  await studio.until('run', (r) => r.checkpoints.some((c) => c.step >= 20));
  await running.kill();

  running = await openBrowser(profile.folder);
  studio = new Studio(running.page, served.origin);
  await studio.open();
  await studio.button('Go on');
  await running.page.waitForURL(/#\/train/);
  await studio.go('chat'); // an answer is written between the steps, and changes none
  await studio.setNumber('Longest reply, in tokens', 12);
  await studio.button('Continue the text');
  const written = running.page.getByRole('list', { name: 'What was written' });
  await written.getByText(/tokens\/s/).waitFor({ timeout: 60_000 });
  const run = await studio.until('run', (r) => r.status === 'finished');
  await running.close();
  profile.remove();
  return run;
}

test('20 steps, kill -9, 20 steps are 40 steps: every loss and the hash of the weights', async () => {
  // other intervals of measuring and saving: the training must be the same
  const alone = { ...CONFIG, validationEvery: 0, sampleEvery: 0, saveEverySteps: 7 };
  const whole = await uninterrupted(served.origin, TEXT, alone);
  const resumed = await killed();
  expect(whole.losses).toHaveLength(40);
  expect(resumed.losses).toEqual(whole.losses);
  expect(resumed.checkpoints.at(-1)!.weightsSha256).toBe(whole.checkpoints.at(-1)!.weightsSha256);
});
