import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { RunRecord } from '../../src/base/records/run';
import { modelOf, presetNamed } from '../../src/base/settings/presets';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import type { HistoryPart } from '../../src/base/wire/events';
import { tensorBoardFile } from '../../src/formats/history/tensorBoard';
import { historyEvents } from '../../src/studio/export/historyFile';
import { CLEAN, SCREENS, seriousFindings, shoot, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// The Runs screen with five hundred runs in storage, and the page of one of them. No run is trained here.

const visit = visiting();

const MANY = 500;
const BEGAN = Date.UTC(2026, 0, 5, 9);
const PRESET = presetNamed('0.1M');
const RATES = [3e-3, 1e-2, 1e-3];

/** Newest first, as the table begins; the rate goes round by three, the best loss by 97. */
const record = (i: number): RunRecord => ({
  ...{ id: `run-${i}`, name: `tea ${i}`, createdAt: BEGAN - i * 60_000, updatedAt: BEGAN - i * 60_000 },
  ...{ status: i % 5 === 4 ? 'stopped' : 'finished', origin: { kind: 'scratch' }, tokenizerId: 'gone' },
  ...{ model: modelOf(PRESET, 320, 64), datasetNames: ['tales'], step: 40, totalSteps: 40, tokens: 1600 },
  settings: { ...defaultSettings(), ...PRESET.settings, learningRate: RATES[i % 3]! },
  defaults: i % 3 === 0 ? {} : { learningRate: 3e-3 },
  bestValidationLoss: 2 + ((i * 37) % 97) / 100,
  ...(i % 50 === 7 && { tags: ['keep'] }),
});

const history = (runId: string): HistoryPart => ({
  ...{ runId, fromStep: 0, toStep: 40, samples: [{ step: 40, prompt: 'Tea', text: ' is warm.' }] },
  steps: Array.from({ length: 40 }, (_, i) => ({
    ...{ step: i + 1, loss: 5 - i / 20, accuracy: i / 100, gradNorm: 1, rate: 1e-3 },
    ...{ tokens: 40, milliseconds: 12, gpuBytes: 4e7 },
  })),
  validations: [0, 20, 40].map((step) => ({ step, loss: 5 - step / 21, accuracy: 0.1, tokens: 400, best: true })),
});

test('five hundred runs are stored', async () => {
  await visit.studio.go('privacy');
  const records = Array.from({ length: MANY }, (_, i) => record(i));
  const histories = records.slice(0, 30).map(({ id }) => history(id));
  await visit.studio.keep({ runs: records, history: histories });
});

test('they stand on pages of few rows, in less than three screens, with the newest one few tab stops away', async () => {
  const { page, studio } = visit;
  await studio.go('runs');
  await page.getByText('Runs: 500').waitFor();
  expect(await page.locator('main tbody tr').count()).toBeLessThanOrEqual(25);
  expect(await page.locator('main').evaluate((main) => main.scrollHeight)).toBeLessThanOrEqual(3 * 900);

  await page.locator('h1').focus();
  const first = page.getByRole('link', { name: 'tea 0', exact: true });
  let stops = 0;
  while (!(await first.evaluate((link) => link === document.activeElement)) && stops < 60) {
    await page.keyboard.press('Tab');
    stops++;
  }
  expect(stops).toBeLessThan(10);
  await page.keyboard.press('ArrowDown');
  expect(await page.evaluate(() => document.activeElement?.textContent.trim())).toBe('tea 1');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('table'))).toBeNull();
  await page.getByRole('button', { name: 'Next', exact: true }).click();
  await page.getByRole('link', { name: 'tea 25', exact: true }).waitFor();
});

test('a header sorts, the filter finds, and both stand in the table', async () => {
  const { page } = visit;
  const header = page.getByRole('columnheader', { name: 'Best validation loss' });
  const names = (): Promise<string[]> => page.locator('main tbody td.name a').allTextContents();
  await header.getByRole('button', { name: 'Sort by Best validation loss' }).click();
  expect(await header.getAttribute('aria-sort')).toBe('ascending');
  const best = Array.from({ length: MANY }, (_, i) => record(i)).toSorted(
    (a, b) => a.bestValidationLoss! - b.bestValidationLoss! || b.updatedAt - a.updatedAt,
  );
  expect((await names()).map((name) => name.trim())).toEqual(best.slice(0, 25).map(({ name }) => name));
  await page.getByRole('textbox', { name: 'Filter by name, tag, status' }).fill('keep finished');
  await page.getByText(/^\d+ of 500 runs$/).waitFor();
  const kept = best.filter(({ tags, status }) => tags && status === 'finished');
  expect((await names()).map((name) => name.trim())).toEqual(kept.map(({ name }) => name));
});

test('the field’s words in the headers explain themselves, by keyboard too, beside what sorts', async () => {
  const { page } = visit;
  const header = page.getByRole('columnheader', { name: 'Steps' });
  await header.getByRole('button', { name: 'Steps', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'step' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  expect(await header.getAttribute('aria-sort')).toBe('descending');
  const best = page.getByRole('columnheader', { name: 'Best validation loss' });
  await best.getByRole('button', { name: 'Sort by Best validation loss' }).click();
});

test('what differs between ticked runs is a column; ticked runs go and come back together', async () => {
  const { page, studio } = visit;
  await page.getByRole('textbox', { name: 'Filter by name, tag, status' }).fill('keep');
  const rate = page.getByRole('columnheader', { name: 'Learning rate' });
  expect(await rate.count()).toBe(0);
  await page.getByRole('checkbox', { name: 'Tick all runs that are found' }).check();
  await rate.waitFor();
  await page.getByRole('button', { name: 'Delete 10' }).click();
  await page.getByText('No run matches').waitFor();
  await studio.undo();
  await page.getByText('10 of 500 runs').waitFor();
  await page.getByRole('textbox', { name: 'Filter by name, tag, status' }).fill('');
});

test('a pinned baseline stands above the others, which show their difference to it, and is undone', async () => {
  const { page, studio } = visit;
  await page.getByRole('columnheader', { name: 'Last change' }).getByRole('button').click();
  await page.getByRole('button', { name: 'Use tea 3 as the baseline' }).click();
  const first = page.locator('main tbody tr').first();
  await expect.poll(() => first.textContent()).toContain('Baseline');
  const other = page
    .getByRole('row', { name: /Compare tea 2/ })
    .getByTitle('Difference to the baseline')
    .first();
  const by = record(2).bestValidationLoss! - record(3).bestValidationLoss!;
  expect(await other.textContent()).toContain(`${by < 0 ? '−' : '+'}${Math.abs(by).toFixed(3)}`);
  await studio.undo();
  await expect.poll(() => first.textContent()).not.toContain('Baseline');
  await page.getByRole('button', { name: 'Use tea 3 as the baseline' }).click();
});

test('curves run over tokens and time; pointing at one in the legend makes it stand out', async () => {
  const { page } = visit;
  const chart = page.getByRole('slider').first();
  const axis = page.getByLabel('What the curves run over');
  for (const [name, last] of [
    ['Tokens', '1.6\u00a0k tokens: '],
    ['Time', '480\u00a0ms: '],
  ] as const) {
    await axis.click();
    await page.getByRole('option', { name, exact: true }).click();
    await expect.poll(() => chart.getAttribute('aria-valuetext')).toContain(last);
  }
  await page.getByRole('button', { name: /^tea 1: .*Show this curve/ }).focus();
  await expect.poll(() => chart.getAttribute('aria-valuetext')).toMatch(/^480\u00a0ms: tea 1 [\d.]+$/);
  await page.reload();
  await page.getByText('Baseline', { exact: true }).waitFor();
  await axis.click();
  await page.getByRole('option', { name: 'Steps', exact: true }).click();
});

test('a run has a page: what was changed, a note that is undone, its history as TensorBoard reads it', async () => {
  const { page, studio, running } = visit;
  await studio.go('runs/run-1');
  await page.getByRole('heading', { level: 1, name: 'tea 1' }).waitFor();
  await page.getByText('Changed from the default: 1').waitFor();
  await page.getByText('default 3e-3').first().waitFor();
  await page.getByText('is warm.').waitFor();

  const note = (): Promise<string | undefined> => studio.run('tea 1').then((run) => run?.note);
  await page.getByLabel('Note', { exact: true }).fill('the rate was too high');
  await page.getByLabel('Note', { exact: true }).blur();
  await expect.poll(note).toBe('the rate was too high');
  await studio.undo();
  await expect.poll(note).toBeUndefined();

  const files = (): string[] => readdirSync(running.downloads).filter((name) => name.includes('tfevents'));
  await page.getByRole('button', { name: 'TensorBoard' }).click();
  await expect.poll(files).toEqual([`events.out.tfevents.${(BEGAN - 60_000) / 1000}.tea-1`]);
  const expected = Buffer.concat([...tensorBoardFile((BEGAN - 60_000) / 1000, historyEvents(record(1), history('')))]);
  const saved = (): Buffer => readFileSync(join(running.downloads, files()[0]!));
  await expect.poll(() => saved().equals(expected)).toBe(true);
});

test('its report opens under its own policy, with nothing to complain of, in both looks and printed', async () => {
  const { page, running } = visit;
  await page.getByRole('button', { name: 'Save report' }).click();
  await page.getByText('tea-1-report.html was saved').waitFor();
  await expect.poll(() => readdirSync(running.downloads)).toContain('tea-1-report.html');
  const context = await running.browser.newContext(); // the visit counts a file as an address outside
  const report = await context.newPage();
  const said: string[] = [];
  report.on('console', (message) => said.push(message.text()));
  report.on('pageerror', (error) => said.push(error.message));
  await report.goto(pathToFileURL(join(running.downloads, 'tea-1-report.html')).href);
  await report.getByRole('heading', { level: 1, name: 'Report of tea 1' }).waitFor();
  await report.getByText('is warm.').waitFor();
  expect(await report.locator('main').evaluate((main) => getComputedStyle(main.parentElement!).maxWidth)).toBe('920px');
  for (const colorScheme of ['light', 'dark'] as const) {
    await report.emulateMedia({ colorScheme });
    expect(await seriousFindings(report), colorScheme).toEqual([]);
    await shoot(report, `report-${colorScheme}`);
  }
  await report.emulateMedia({ media: 'print' });
  expect(await report.locator('nav').isVisible()).toBe(false);
  await shoot(report, 'report-print');
  expect(said).toEqual([]);
  await context.close();
});

test('what is typed in a note stays while the record of the run changes', async () => {
  const { page, served } = visit;
  const note = page.getByLabel('Note', { exact: true });
  await note.fill('half a sen');
  const second = await page.context().newPage();
  await second.goto(`${served.origin}/#/runs/run-1`);
  await second.getByRole('textbox', { name: 'Add a tag' }).fill('from there');
  await second.keyboard.press('Enter');
  await page.getByText('from there').waitFor();
  expect(await note.inputValue()).toBe('half a sen');
  await note.fill('');
  await second.close();
});

test('its settings fill the form, and give way again', async () => {
  const { page, studio } = visit;
  const rate = page.getByLabel('Learning rate', { exact: true });
  await studio.button('Start from these settings');
  await expect.poll(() => rate.inputValue()).toBe('0.01');
  await studio.undo();
  await expect.poll(() => rate.inputValue()).not.toBe('0.01');
});

test.each(SCREENS)('the list and a page have no serious fault and scroll down only: $name', async (screen) => {
  const { page, studio } = visit;
  await showAs(page, screen);
  await studio.go('runs');
  await expectSound(page, `runs-many-${screen.name}`);
  await studio.go('runs/run-7');
  await expectSound(page, `runs-page-${screen.name}`);
  expect(visit.seen).toEqual(CLEAN);
});

test('what is typed in a note is there after a reload', async () => {
  const { page, served } = visit;
  await showAs(page, SCREENS[0]!);
  await page.goto(`${served.origin}/#/runs/run-1`);
  const note = page.getByLabel('Note', { exact: true });
  await note.fill('half a sen');
  await page.reload();
  await expect.poll(() => note.inputValue()).toBe('half a sen');
});
