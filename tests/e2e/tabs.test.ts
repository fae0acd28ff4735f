import { expect, test } from 'vitest';
import { Studio } from './studio';
import { stories } from './texts';
import { visiting } from './visit';

const visit = visiting();
const CONFIG = { preset: '0.03M', contextLength: 32, batchSize: 4, steps: 100_000, sampleEvery: 0, validationEvery: 0 };

test('a second tab sees a run live, leaves it alone, and offers to resume it once its tab is gone', async () => {
  await visit.studio.trainOn(stories(200), { ...CONFIG, saveEverySteps: 50 });
  await visit.studio.until('run', ({ checkpoints }) => checkpoints.length > 0);
  const second = new Studio(await visit.page.context().newPage(), visit.served.origin);
  await second.open();
  const { page } = second;
  await second.go('runs');
  const row = page.getByRole('row').filter({ hasText: 'trains in another tab' });
  await row.waitFor();
  expect(await row.getByRole('button', { name: 'Delete run' }).isDisabled()).toBe(true);
  expect(await page.getByRole('button', { name: 'Resume from step' }).count()).toBe(0);
  const steps = async (): Promise<string> => (await row.locator('td').nth(3).textContent()) ?? '';
  const before = await steps();
  await expect.poll(steps, { timeout: 60_000 }).not.toBe(before);

  await second.bring('letters.txt', 'A letter.\n\nAnother one.\n');
  await visit.studio.go('data');
  await visit.page.getByRole('gridcell', { name: 'letters' }).first().waitFor();

  await visit.page.close({ runBeforeUnload: false });
  await second.go('runs');
  await page.getByRole('button', { name: 'Resume from step' }).first().waitFor();
  expect(visit.seen.errors).toEqual([]);
});
