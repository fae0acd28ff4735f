import { expect, test } from 'vitest';
import { CLEAN, SCREENS, showAs } from './harness';
import { expectSound } from './sound';
import { stories } from './texts';
import { visiting } from './visit';

// Before a model is saved: its forms side by side, measured on a press, and kept.

const visit = visiting();

test('each form has its size, and once measured its loss; they are there after a reload', async () => {
  const { page, studio } = visit;
  const settings = { preset: '0.03M', contextLength: 32, batchSize: 4, sampleEvery: 0 };
  await studio.trainOn(stories(200), { ...settings, steps: 12, validationEvery: 12 });
  await studio.until('run', (run) => run.status === 'finished');
  await studio.go('export');
  const table = page.getByRole('region', { name: 'Choosing a form' });
  await table.getByText('Not measured').first().waitFor();
  const cellsOf = (form: string): Promise<string[]> =>
    table.getByRole('row').filter({ hasText: form }).getByRole('cell').allInnerTexts();
  const [, numbers, size] = await cellsOf('GGUF, 16 bits');
  expect(numbers).toBe('F16');
  const bytes = await table
    .getByTitle(/bytes$/)
    .nth(1)
    .getAttribute('title');
  const { message } = await studio.saveAs('GGUF, 16 bits');
  expect(message).toContain(`(${size!})`);
  expect(bytes).toMatch(/^\d[\d,]+ bytes$/);

  await page.getByRole('button', { name: 'Measure the losses' }).click();
  await page.getByText(/ of the size of “The whole model”/).waitFor();
  const recorded = /validation loss of ([\d.]+)/.exec(
    await page.getByText(/these weights had a validation/).innerText(),
  )![1];
  expect((await cellsOf('The whole model'))[4]).toBe(recorded);
  await page.reload();
  await table.getByText(recorded!).first().waitFor();
  expect(await page.getByRole('button', { name: 'Measure the losses' }).count()).toBe(0);
  for (const screen of SCREENS) {
    await showAs(page, screen);
    await table.scrollIntoViewIfNeeded();
    await expectSound(page, `forms-${screen.name}`);
  }
  expect(visit.seen).toEqual(CLEAN);
});
