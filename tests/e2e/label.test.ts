import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLEAN, SCREENS, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// Thirty rows are labelled by keyboard, over a reload and a step back, and a version with their labels is made.

const WINDS = ['calm', 'light', 'gale'];
/** The class of a row stands in it, so that the test can say it as a person would. */
const TEXT = Array.from({ length: 30 }, (_, i) => `Log ${i + 1}: a ${WINDS[i % 3]!} day off Mull 🌊.`).join('\n\n');

const visit = visiting();
const item = (number: number): Promise<void> =>
  visit.page.getByText(`Item ${number}`, { exact: true }).first().waitFor();
const shown = async (): Promise<string> => (await visit.page.locator('main p.reading').first().innerText()).trim();

/** Answers the item that is shown by its key, and waits for the next one. */
async function answer(number: number): Promise<void> {
  await item(number);
  const text = await shown();
  await visit.page.keyboard.press(String(1 + WINDS.findIndex((wind) => text.includes(wind))));
}

test('a task asks for a class by key; what is typed in a field decides nothing', async () => {
  const { page, studio } = visit;
  await studio.bring('logbook.txt', TEXT);
  await page.getByRole('link', { name: 'Label “logbook”' }).click();
  await page.getByRole('link', { name: 'New task' }).click();
  await page.getByLabel('What is asked').click();
  await page.getByRole('option', { name: 'Class' }).click();
  await page.getByLabel(/^Classes/).fill(WINDS.join('\n'));
  await page.getByLabel(/^Guidelines/).fill('Go by the wind.');
  await page.getByLabel(/^Ask a row again/).fill('10');
  await studio.button('Begin');
  await item(1);
  // keys decide at once, wherever the focus was left by the form
  await page.keyboard.press('s');
  await item(2);
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-haspopup') ?? null)).toBeNull();
  await page.keyboard.press('Backspace');
  await item(1);
  for (const screen of SCREENS) {
    await showAs(page, screen);
    await expectSound(page, `label-${screen.name}`);
  }
  await showAs(page, SCREENS[0]!);
  await page.getByText('Change the task').click();
  await page.getByLabel(/^Guidelines/).last().pressSequentially(' 1 2 3 s'); // prettier-ignore
  await page.getByText('0 of 30 rows').waitFor();
  await page.locator('h1').first().click();
  await answer(1);
  await page.getByText('1 of 30 rows').waitFor();
  await page.getByText('Go by the wind. 1 2 3 s').first().waitFor();
});

test('a reload in the middle asks the same item; Backspace and Ctrl+Z bring the last ones back', async () => {
  const { page } = visit;
  for (let number = 2; number <= 14; number++) await answer(number);
  await item(15);
  const asked = await shown();
  await page.reload();
  await item(15);
  expect(await shown()).toBe(asked);
  await page.keyboard.press('Backspace');
  await item(14);
  await page.keyboard.press('Control+z');
  await item(13);
  await page.getByText(/^Your answer before: (calm|light|gale)$/).waitFor();
  const status = page.locator('main').getByRole('status').first();
  expect(await status.textContent()).toMatch(/^Brought back\. Item 13: Log \d+: a /);
  await answer(13);
  await item(14);
  expect(await status.textContent()).toMatch(/^(calm|light|gale)\. Item 14: Log/);
});

test('all rows are labelled, with rows asked again on the way; the version has the column', async () => {
  const { page, running, studio } = visit;
  const done = page.getByRole('heading', { name: 'All rows are labelled' });
  // each tenth item was asked before: items 10, 20 and 30
  for (let number = 14; number <= 33; number++) await answer(number);
  await done.waitFor();
  await page.getByText('30 of 30 rows').waitFor();
  await page.getByText('Agreement with yourself: 100% of 3 rows that were asked twice').waitFor();
  await studio.button('Make a version');
  await page.getByText('Version 2 made: 30 rows').waitFor();
  const folder = running.downloads;
  await studio.go('data');
  await page.getByRole('link', { name: /^Clean “logbook/ }).click();
  await studio.button('Download as JSONL: Version 2');
  const found = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  await expect.poll(found).toHaveLength(1);
  await expect.poll(() => readFileSync(join(folder, found()[0]!), 'utf8')).not.toBe('');
  const rows = readFileSync(join(folder, found()[0]!), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; label: string });
  expect(rows).toHaveLength(30);
  for (const { text, label } of rows) expect(text).toContain(` ${label} `);
});

test('the labels leave as a file of another tool, and come back into a task without any', async () => {
  const { page, running, studio } = visit;
  await page.goto(`${visit.served.origin}/#/data`);
  await page.getByRole('link', { name: /^Label “logbook/ }).click();
  await studio.button('Class');
  await studio.button('Save labels for doccano');
  const found = (): string[] => readdirSync(running.downloads).filter((name) => name.endsWith('doccano.jsonl'));
  await expect.poll(found).toHaveLength(1);
  const path = join(running.downloads, found()[0]!);
  await expect.poll(() => readFileSync(path, 'utf8').trim().split('\n').length).toBe(30);
  await page.getByRole('link', { name: 'Label tasks' }).click();
  await page.getByRole('link', { name: 'New task' }).click();
  await page.getByLabel(/^Name of the task/).fill('again');
  await page.getByLabel('What is asked').click();
  await page.getByRole('option', { name: 'Class' }).click();
  await page.getByLabel(/^Classes/).fill('calm');
  await studio.button('Begin');
  await item(1);
  await page.locator('input[type=file]').last().setInputFiles(path);
  await page.getByText('Labels taken from doccano: 30. New classes: light and gale.').waitFor();
  await page.getByRole('heading', { name: 'All rows are labelled' }).waitFor();
});

test('labels are over the new version too, and a text is deleted with them only after a question', async () => {
  const { page, studio } = visit;
  await page.goto(`${visit.served.origin}/#/data`);
  await page.getByRole('link', { name: /^Label “logbook/ }).click();
  await page.getByText('Decisions: 33').waitFor();
  await page.getByText('Decisions: 30').waitFor();
  await studio.go('data');
  await studio.button('Delete “logbook · 2”');
  await page.getByText('“logbook · 2” was deleted.').waitFor();
  await studio.button('Delete “logbook”');
  await page.getByText(/^Its labels go with it\. Decisions: 63\./).waitFor();
  await studio.button('Keep the text');
  expect(visit.seen).toEqual(CLEAN);
});
