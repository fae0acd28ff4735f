// The queue of runs in a browser: filled while a run is under way, switched on, cut by a reload, seen to its end.
import { expect, test } from 'vitest';
import { CLEAN } from './harness';
import { expectSound } from './sound';
import { stories } from './texts';
import { visiting } from './visit';

const visit = visiting();

const SIZE = { preset: '0.03M', contextLength: 32, batchSize: 2, validationEvery: 0, sampleEvery: 0 };

test('runs wait in a queue, which goes on after a reload with the one that was cut', async () => {
  const { page, studio } = visit;
  await studio.trainOn(stories(60), { ...SIZE, steps: 100_000, saveEverySteps: 20 });
  await studio.go('model');
  await studio.configure({ steps: 6, learningRate: 0.002 });
  await studio.name('second');
  await studio.button('Add to the queue');
  await page.getByText('“second” waits in the queue.').waitFor();
  await page.getByText('1 in the queue (off)').waitFor();

  await studio.go('runs');
  await page.getByRole('switch', { name: 'Start the next run by itself' }).click();
  const list = page.getByRole('list', { name: 'Runs that wait, in their order' });
  await list.getByText('under way').waitFor(); // the run that was started by hand
  await studio.go('model');
  await studio.name('third');
  await page.keyboard.press('Control+Enter');
  await page.getByText('“third” waits in the queue.').waitFor();
  await studio.go('runs');
  await page.getByRole('button', { name: 'Move “third” up' }).click();
  await expect
    .poll(() => list.getByRole('listitem').allTextContents())
    .toEqual([expect.stringContaining('run'), expect.stringContaining('third'), expect.stringContaining('second')]);
  await expectSound(page, 'queue');

  await studio.until('run', (r) => r.checkpoints.some((c) => c.step >= 20));
  await page.reload();
  await list.getByText('under way').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  const [third, second] = [
    await studio.until('third', (r) => r.status === 'finished'),
    await studio.until('second', (r) => r.status === 'finished'),
  ];
  expect([third.step, second.step]).toEqual([6, 6]);
  expect(visit.seen).toEqual(CLEAN);
});
