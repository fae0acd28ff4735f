import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { CLEAN, seriousFindings } from './harness';
import { stories } from './texts';
import { visiting } from './visit';

// The Train screen over whole runs of a model of 30,000 weights: what a screen reader hears, what axe finds, and what
// stands where. Settings are pasted as text; all else is pressed.

const visit = visiting();

const TINY = { preset: '0.03M', contextLength: 32, batchSize: 8, learningRate: 1e-2, sampleEvery: 10 };

/** The page's window, with what its live regions have said since `listen`. */
type Hearing = Window & { heard?: string[] };

/** Notes each text that comes into a live region, as a screen reader speaks it. */
function listen(page: Page): Promise<void> {
  return page.evaluate(() => {
    const LIVE = '[role=status], [role=alert], [role=log], [aria-live]:not([aria-live=off])';
    const heard: string[] = ((window as Hearing).heard = []);
    const say = (node: Node): void => {
      const text = (node.textContent ?? '').replace(/\s+/g, ' ').trim();
      if (text && heard.at(-1) !== text) heard.push(text);
    };
    const added = (node: Node): void => {
      const element = node instanceof Element ? node : node.parentElement;
      if (element?.closest(LIVE)) say(node);
      else if (node instanceof Element) node.querySelectorAll('[role=alert]').forEach(say);
    };
    new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes)
        (type === 'characterData' ? [target] : [...addedNodes]).forEach(added);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

/** What was heard since the last call, without the loss, which is no matter of this test. */
const heard = (page: Page): Promise<string[]> =>
  page.evaluate(() => (window as Hearing).heard!.splice(0).map((text) => text.replace(/loss \d\.\d{3}/, 'loss #')));

/** What differs from run to run: numbers, what became infinite first. */
const VARIES: readonly [RegExp, string][] = [
  [/The (loss|gradient norm) at/, 'The … at'],
  [/definition: [\d.]+ (s|min|h).*$/, 'definition: …'],
  [/ \(\d+\)$/, ''],
  [/(?<!level=)\d[\d,.e+]*/g, '#'],
];

/** What the losses say, or its empty place where they say nothing: a run that diverges may do so in one step. */
const VERDICT = /^\s*- paragraph(: "?(Validation|Training) loss .*)?$/;

/** The button beside a verdict. */
const CURE = /(button|link) "(Stop now|Go back to step|Raise the rate|Train for longer|Start again|Talk to step)/;

/** The Train screen as a screen reader reads it, down to what the model writes. */
async function expectReads(page: Page, state: string): Promise<void> {
  const lines = (await page.getByRole('main').ariaSnapshot()).split('\n');
  const end = lines.findIndex((line) => line.includes('heading "What it writes"'));
  const read = lines
    .slice(0, end + 1)
    .filter((line) => !line.includes('Notify me') && !line.includes('/url:')) // not every browser shows notices
    .filter((line) => !VERDICT.test(line) && !CURE.test(line))
    .map((line) => VARIES.reduce((left, [what, by]) => left.replace(what, by), line));
  await expect(read.join('\n') + '\n').toMatchFileSnapshot(join(import.meta.dirname, 'aria', `train-${state}.txt`));
}

const stepNow = async (page: Page): Promise<number> =>
  Number(
    /^Step (\d+) of/.exec(
      await page
        .getByText(/^Step \d+ of \d+$/)
        .first()
        .innerText(),
    )![1],
  );

test('a run that is paused, stepped, resumed and stopped says so; the screen is sound in each state', async () => {
  const { page, studio } = visit;
  await studio.trainOn(stories(200), { ...TINY, steps: 900, validationEvery: 10 });
  await listen(page);
  await page.getByText(/^Validation loss (falls|hardly moves|has not fallen)/).waitFor();
  await expect.poll(() => page.title()).toMatch(/^\d+% · \d\.\d{3} · run · Atelier$/);
  expect(await seriousFindings(page), 'running').toEqual([]);
  await expectReads(page, 'running');
  await heard(page);

  const pause = page.getByRole('main').getByRole('button', { name: 'Pause' });
  await pause.click();
  await page.getByText(/^Paused at step \d+; everything is saved\.$/).waitFor();
  expect(await seriousFindings(page), 'paused').toEqual([]);
  await expectReads(page, 'paused');
  const at = await stepNow(page);
  expect((await heard(page)).at(-1)).toBe(`“run” is paused at step ${at}.`);

  await page.getByRole('button', { name: 'One step' }).click();
  await page.getByText(`Paused at step ${at + 1}; everything is saved.`).waitFor();
  expect(await stepNow(page)).toBe(at + 1);
  expect((await heard(page)).at(-1)).toBe(`“run” is paused at step ${at + 1}.`);

  await page.getByRole('main').getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => stepNow(page)).toBeGreaterThan(at + 1);
  await page.getByRole('main').getByRole('button', { name: 'Stop' }).click();
  await page.getByText(/^Stopped at step \d+ and saved\.$/).waitFor();
  const stopped = await stepNow(page);
  await page.getByRole('button', { name: `Resume from step ${stopped}` }).waitFor();
  const told = (await heard(page)).filter((text) => !/quarter|half|^\d+%$/.test(text));
  expect(told).toEqual([`“run” has resumed at step ${at + 1}.`, `“run” was stopped at step ${stopped}, loss #.`]);
});

test('what it writes stands beside the loss, what an expert reads is folded', async () => {
  const { page } = visit;
  const [chart, wrote] = await Promise.all(
    [page.locator('figure').first(), page.getByRole('heading', { name: 'What it writes' })].map((l) => l.boundingBox()),
  );
  expect(wrote!.x).toBeGreaterThan(chart!.x + chart!.width);
  expect(wrote!.y).toBeLessThan(chart!.y + chart!.height);
  await page.locator('details:not([open]) summary', { hasText: 'For the expert' }).waitFor();
  expect(await page.locator('figure').count()).toBe(1);
});

test('a whole run, begun by keys while the page loads, is told at each quarter with its loss; samples are not', async () => {
  const { page, studio } = visit;
  await studio.go('model');
  await studio.configure({ ...TINY, batchSize: 16, steps: 40, validationEvery: 10 });
  await studio.name('whole');
  await page.reload();
  await page.locator('h1').first().waitFor();
  await listen(page);
  await page.keyboard.press('Control+Enter');
  await page.getByText('Finished after 40 steps.').waitFor();
  expect(await seriousFindings(page), 'finished').toEqual([]);
  await expectReads(page, 'finished');
  expect((await heard(page)).filter((text) => text.includes('whole'))).toEqual([
    'Training of “whole” has started.',
    '“whole”: a quarter done, loss #.',
    '“whole”: half done, loss #.',
    '“whole”: three quarters done, loss #.',
    '“whole” has finished after 40 steps, loss #.',
  ]);
});

test('a run that diverges is told, and its undoing is, too', async () => {
  const { page, studio } = visit;
  await studio.go('model');
  const wild = { ...TINY, optimizer: 'sgd', learningRate: 10, schedule: 'constant', warmupShare: 0, clipNorm: 0 };
  await studio.configure({ ...wild, steps: 400, sampleEvery: 0, validationEvery: 0 });
  await studio.name('wild');
  await heard(page);
  await studio.startTraining();
  const failed = page.getByText(/^Failed at step \d+\.$/);
  await failed.waitFor();
  expect(await seriousFindings(page), 'failed').toEqual([]);
  await expectReads(page, 'failed');
  const [step] = /\d+/.exec(await failed.innerText())!;
  await studio.go('runs');
  await page.getByRole('button', { name: 'Delete wild' }).click();
  await page.getByText('“wild” was deleted.').waitFor();
  await studio.undo();
  await page.getByRole('button', { name: 'Delete wild' }).waitFor();
  await page.getByText('Undone: “wild” was deleted.').waitFor();
  const told = (await heard(page)).filter((text) => text.includes('wild'));
  expect(told).toEqual([
    'Training of “wild” has started.',
    `“wild” has failed at step ${step}.`,
    '“wild” was deleted. Undo',
    'Undone: “wild” was deleted.',
  ]);
  expect(visit.seen).toEqual(CLEAN);
});
