import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  newProfile,
  NO_OVERFLOW,
  openBrowser,
  overflowOf,
  SCREENS,
  seriousFindings,
  serve,
  shoot,
  showAs,
  watch,
  type RunningBrowser,
  type Served,
  type Watch,
} from './harness';

// Every screen of a studio with one text in it, in every look and both languages, under the header table.

/** The screens by their names in the rail; the letter follows `g`. */
const PANELS = [
  { path: 'data', key: 'd', name: 'Data' },
  { path: 'model', key: 'm', name: 'Model' },
  { path: 'train', key: 't', name: 'Train' },
  { path: 'chat', key: 'c', name: 'Chat' },
  { path: 'export', key: 'x', name: 'Export' },
  { path: 'runs', key: 'r', name: 'Runs' },
  { path: 'machine', key: 'h', name: 'This machine' },
  { path: 'privacy', key: 'p', name: 'Privacy' },
];
const CLEAN: Watch = { errors: [], foreign: [] };

const profile = newProfile();
let served: Served;
let running: RunningBrowser;
let seen: Watch;

beforeAll(async () => {
  served = await serve();
  running = await openBrowser(profile.folder);
  seen = watch(running.page, served.origin);
  await showAs(running.page, SCREENS[0]!);
  await running.page.goto(served.origin);
});
afterAll(async () => {
  await running.close();
  await served.close();
  profile.remove();
});

async function go(page: Page, path: string): Promise<void> {
  await page.evaluate((to) => (location.hash = `#/${to}`), path);
  await page.locator('h1').first().waitFor();
}

/** The language as a visitor of this browser chose it before. */
async function speak(page: Page, language: 'en' | 'zh'): Promise<void> {
  await page.evaluate((to) => localStorage.setItem('atelier-language', to), language);
  await page.reload();
  await page.locator('h1').first().waitFor();
}

test('an empty studio opens with one thing to do', async () => {
  await running.page.getByRole('button', { name: 'Try it with the sample text' }).waitFor();
  expect(await running.page.title()).toContain('Atelier');
  expect(await seriousFindings(running.page)).toEqual([]);
});

test('every screen is reached by the rail and by its keys', async () => {
  const { page } = running;
  const rail = page.getByRole('navigation', { name: 'Stages' });
  expect(await rail.getByRole('listitem').count()).toBe(PANELS.length);
  for (const { name, path, key } of PANELS) {
    await go(page, path === 'data' ? 'privacy' : 'data');
    await rail.getByRole('listitem').getByRole('link', { name }).click();
    await expect.poll(() => page.url()).toContain(`#/${path}`);
    await go(page, path === 'data' ? 'privacy' : 'data');
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await expect.poll(() => page.url()).toContain(`#/${path}`);
  }
});

test('a text comes in, and its rows are counted', async () => {
  const { page } = running;
  await go(page, 'data');
  const text = Array.from({ length: 37 }, (_, i) => `Row ${i} of a text. 第${i}行。`).join('\n\n');
  const file = { name: 'rows.txt', mimeType: 'text/plain', buffer: Buffer.from(text) };
  await page.locator('input[type=file]').first().setInputFiles(file);
  await page.getByRole('button', { name: /^About “rows/ }).waitFor();
  expect(await page.getByRole('row').last().innerText()).toContain('37');
});

test.each(SCREENS)('axe finds nothing serious, nothing overflows, nothing is refused: $name', async (screen) => {
  const { page } = running;
  await showAs(page, screen);
  for (const language of ['en', 'zh'] as const) {
    await speak(page, language);
    for (const { path } of PANELS) {
      await go(page, path);
      await shoot(page, `${path}-${screen.name}-${language}`);
      expect(await overflowOf(page), `${path} ${language}: pixels beyond the window`).toEqual(NO_OVERFLOW);
      expect(await seriousFindings(page), `${path} ${language}`).toEqual([]);
    }
  }
  await speak(page, 'en');
  expect(seen).toEqual(CLEAN);
});
