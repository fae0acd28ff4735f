import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { CLEAN, SCREENS, seriousFindings, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// Every screen of a studio with one text in it, in every look and both languages, under the header table.

/** The screens by their names in the rail; the letter follows `g`. */
const PANELS = [
  { path: 'data', key: 'd', name: 'Data' },
  { path: 'model', key: 'm', name: 'Model' },
  { path: 'train', key: 't', name: 'Train' },
  { path: 'evaluate', key: 'e', name: 'Evaluate' },
  { path: 'chat', key: 'c', name: 'Chat' },
  { path: 'export', key: 'x', name: 'Export' },
  { path: 'runs', key: 'r', name: 'Runs' },
  { path: 'machine', key: 'h', name: 'This machine' },
  { path: 'privacy', key: 'p', name: 'Privacy' },
];

const visit = visiting();

/** The language as a visitor of this browser chose it before. */
async function speak(page: Page, language: 'en' | 'zh'): Promise<void> {
  await page.evaluate((to) => localStorage.setItem('atelier-language', to), language);
  await page.reload();
  await page.locator('h1').first().waitFor();
}

test('an empty studio opens with one thing to do', async () => {
  const { page } = visit;
  await page.getByRole('button', { name: 'Stories', exact: true }).waitFor();
  expect(await page.title()).toContain('Atelier');
  expect(await seriousFindings(page)).toEqual([]);
});

test('every screen is reached by the rail and by its keys', async () => {
  const { page, studio } = visit;
  const rail = page.getByRole('navigation', { name: 'Stages' });
  expect(await rail.getByRole('listitem').count()).toBe(PANELS.length);
  for (const { name, path, key } of PANELS) {
    await studio.go(path === 'data' ? 'privacy' : 'data');
    await rail.getByRole('listitem').getByRole('link', { name }).click();
    await expect.poll(() => page.url()).toContain(`#/${path}`);
    await studio.go(path === 'data' ? 'privacy' : 'data');
    await Promise.all([page.keyboard.press('g'), page.keyboard.press(key)]); // the second key is awaited for a second only
    await expect.poll(() => page.url()).toContain(`#/${path}`);
  }
});

test('a text comes in, and its rows are counted', async () => {
  const { page, studio } = visit;
  await studio.go('data');
  const text = Array.from({ length: 37 }, (_, i) => `Row ${i} of a text. 第${i}行。`).join('\n\n');
  const file = { name: 'rows.txt', mimeType: 'text/plain', buffer: Buffer.from(text) };
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByRole('button', { name: /^About “rows/ }).waitFor();
  await page.getByRole('row', { name: /^rows/ }).getByText('37', { exact: true }).waitFor();
});

test('the label of a setting leads to its field, the mark beside it to what its word means', async () => {
  const { page, studio } = visit;
  await studio.go('model');
  await page.getByRole('tab', { name: 'Advanced' }).click();
  await studio.openGroup('Optimizer');
  const focused = (): Promise<string | undefined> =>
    page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['field']);
  await page.locator('label', { hasText: /^Learning rate$/ }).click();
  await expect.poll(focused).toBe('learningRate');
  await page.getByRole('button', { name: 'What “Learning rate” means' }).click();
  await page.getByRole('dialog', { name: 'Learning rate' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('label', { hasText: /^Learning rate$/ }).click();
  await expect.poll(focused).toBe('learningRate');
});

test('a folded group says what is changed and what is wrong in it; a link opens it; a reload keeps it open', async () => {
  const { page, studio } = visit;
  const group = page.locator('details', { has: page.getByRole('heading', { name: 'Optimizer' }) });
  const isOpen = (): Promise<string | null> => group.getAttribute('open');
  const decay = page.getByLabel('Weight decay', { exact: true });
  await studio.setNumber('Learning rate', 0.3);
  await decay.fill('much');
  await decay.blur();
  await group.locator('summary').click();
  await expect.poll(isOpen).toBeNull();
  const head = group.locator('summary');
  await head.getByText('Weight decay much (not valid)').waitFor();
  await head.getByText('Learning rate 0.3 (changed)').waitFor();
  await page.getByRole('button', { name: /^Weight decay: / }).click();
  await expect.poll(isOpen).not.toBeNull();
  await expect.poll(() => decay.evaluate((field) => field === document.activeElement)).toBe(true);

  await group.locator('summary').click();
  await page.reload();
  await page.getByRole('button', { name: /^Weight decay: / }).waitFor();
  await expect.poll(isOpen).not.toBeNull(); // what is wrong opens its group
  await decay.fill('0.1');
  await decay.blur();
  await page.reload();
  await decay.waitFor();
  await studio.button(/^Reset 1/);
});

test.each(SCREENS)('axe finds nothing serious, nothing overflows, nothing is refused: $name', async (screen) => {
  const { page, studio } = visit;
  await showAs(page, screen);
  for (const language of ['en', 'zh'] as const) {
    await speak(page, language);
    for (const { path } of PANELS) {
      await studio.go(path);
      await expectSound(page, `${path}-${screen.name}-${language}`);
    }
  }
  await speak(page, 'en');
  expect(visit.seen).toEqual(CLEAN);
});
