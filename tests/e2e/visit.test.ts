import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { CLEAN, SCREENS, shoot, showAs } from './harness';
import { expectFit, expectSound } from './sound';
import { dialogues, stories } from './texts';
import { visiting } from './visit';

const TINY = { preset: '0.03M', contextLength: 32, batchSize: 8, learningRate: 1e-2, sampleEvery: 40 };
const QUESTION = 'user: What do you think of tea?\nassistant:';

/** −Σ p ln p of counts: the loss of a model that knows how often each token occurs and nothing else. */
function entropy(counts: number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  return -counts.reduce((sum, n) => sum + (n / total) * Math.log(n / total), 0);
}

/** Pixels of the first chart in the colour that the palette gives its first curve now. */
function inkOfFirstChart(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector('figure canvas');
    if (!(canvas instanceof HTMLCanvasElement)) return 0;
    const colour = getComputedStyle(canvas).getPropertyValue('--series-1').trim();
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count++;
    return count;
  });
}

/**
 * One person's visit from an empty profile: text in, tokens, training on WebGPU, a killed browser, going on, talk,
 * tuning on, out and in again. Each part goes on from what the one before has left, as the person would.
 */
describe('the visit', () => {
  const visit = visiting();
  afterEach(() => shoot(visit.page, 'last'));

  test('an empty studio says what it is, what to do, and that nothing leaves', async () => {
    const { page } = visit;
    await page.getByText('Teach a small language model your own text').waitFor();
    await page.getByRole('button', { name: 'Stories', exact: true }).waitFor();
    await page.getByText('Nothing leaves this browser').waitFor();
  });

  test('a file becomes a model that knows more than how often each token occurs, over a kill -9', async () => {
    let { studio } = visit;
    await studio.bring('stories.txt', stories(600));
    await studio.go('model');
    await studio.chooseTexts('stories');
    await studio.configure({ ...TINY, steps: 160, validationEvery: 40, saveEverySteps: 40 });
    await studio.vocabulary(320);
    await studio.name('first');
    await studio.startTraining();
    await studio.until('first', (run) => run.checkpoints.some((c) => c.step >= 40));
    await shoot(visit.page, 'train-running');
    await visit.running.kill();

    await visit.start();
    ({ studio } = visit);
    await visit.page.getByText(/“first” was interrupted at step/).waitFor();
    await studio.button(/^Resume from step/);
    const run = await studio.until('first', (r) => r.status === 'finished');
    expect(run.losses.map(([step]) => step)).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
    const counts = await studio.heldOutCounts(run.preparedId!);
    expect(run.bestValidationLoss).toBeLessThan(entropy(counts));
    expect(run.bestValidationLoss).toBeGreaterThan(0.1);
  });

  test('the curves, their tables and what the model wrote are there', async () => {
    const { page, studio } = visit;
    await studio.go('train');
    await page.getByText('Finished after 160 steps.').waitFor();
    await page.getByText('Step 160', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'table' }).first().click();
    await page.getByRole('table').first().getByRole('row').nth(3).waitFor();
    await shoot(page, 'train-finished');
  });

  test('what a run left is drawn after a reload, at any size, in the palette of the moment; one thing scrolls', async () => {
    const { page, studio } = visit;
    await studio.go('train');
    await page.reload();
    await expect.poll(() => inkOfFirstChart(page)).toBeGreaterThan(100);
    for (const screen of [{ ...SCREENS[0]!, width: 780, height: 437 }, SCREENS[1]!, SCREENS[2]!]) {
      await showAs(page, screen);
      await studio.go('train');
      await expect.poll(() => inkOfFirstChart(page), { message: screen.name }).toBeGreaterThan(100);
      for (const path of ['train', 'data', 'data/tokens', 'model', 'evaluate', 'chat', 'export', 'runs']) {
        await studio.go(path);
        await expectFit(page, `${path} ${screen.width}`);
      }
    }
    await showAs(page, SCREENS[0]!);
  });

  test('it is tuned further on dialogues, taken away, brought back, and says the same', async () => {
    const { page, studio, running } = visit;
    await studio.bring('dialogues.jsonl', dialogues(300));
    const first = (await studio.run('first'))!;
    await studio.go(`model/further/${first.id}`);
    await studio.chooseTexts('dialogues');
    await studio.configure({ ...TINY, steps: 60, learningRate: 5e-3, validationEvery: 30, saveEverySteps: 30 });
    await studio.name('second');
    await studio.startTraining();
    const second = await studio.until('second', (r) => r.status === 'finished');
    expect(second.losses[59]![1]).toBeLessThan(second.losses[0]![1] / 1.5);

    const said = await studio.greedy('second', QUESTION);
    expect(said.length).toBeGreaterThan(10);
    expect(said).not.toBe(await studio.greedy('first', QUESTION));
    await shoot(page, 'chat');

    const zip = await studio.exportZip('second', running.downloads);
    await studio.button('Verify the saved file');
    await page.getByText('all 48 tokens are equal').waitFor();
    await shoot(page, 'export-verified');
    const { name } = await studio.importModel(zip);
    expect(await studio.greedy(name, QUESTION)).toBe(said);
  });

  test('it is judged against the model before, and the verdict leads to its numbers and rows', async () => {
    const { page, studio } = visit;
    await studio.go(`train/${(await studio.run('second'))!.id}`);
    await page.getByRole('link', { name: 'Did it get better?' }).click();
    await page.getByLabel('Rows at most').fill('24');
    await studio.button('Evaluate');
    // the rows are made by few patterns: drawn by groups of near duplicates they are too few to tell
    const verdict = page.getByRole('button', {
      name: /^Can’t tell on 24 rows \(\d independent\) whether second is better than first: Loss /,
    });
    await verdict.waitFor();
    await page.getByRole('button', { name: 'Cancel' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^On 24 general questions|^It forgot: on 24 general questions/ }).waitFor();
    await shoot(page, 'evaluate');
    await verdict.click();
    await expect
      .poll(() => page.locator('#metric-loss').evaluate((line) => line === document.activeElement))
      .toBe(true);
    await page.getByRole('region', { name: 'Better than before' }).getByRole('button').first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Loss by token' }).last().click();
    await page.getByRole('dialog').locator('.graded').nth(3).waitFor();
    await shoot(page, 'evaluate-row');
    await page.keyboard.press('Escape');
    for (const screen of [SCREENS[0]!, SCREENS[3]!]) {
      await showAs(page, screen);
      await expectSound(page, `evaluate-report-${screen.name}`);
      await shoot(page, `evaluate-${screen.name}`);
    }
    await showAs(page, SCREENS[0]!);
  });

  test('the best run is found by sorting, and its page says what it was made of', async () => {
    const { page, studio } = visit;
    const [first, second] = [(await studio.run('first'))!, (await studio.run('second'))!];
    await studio.go('runs');
    const best = page.getByRole('columnheader', { name: 'Best validation loss' });
    await best.getByRole('button', { name: 'Sort by Best validation loss' }).click();
    expect(await best.getAttribute('aria-sort')).toBe('ascending');
    const better = [first, second].toSorted((a, b) => a.bestValidationLoss! - b.bestValidationLoss!)[0]!;
    await page.getByRole('textbox', { name: 'Filter by name, tag, status' }).fill('finished');
    await page.getByRole('row').nth(1).getByRole('link', { name: better.name, exact: true }).waitFor();

    await page.getByRole('link', { name: 'second', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'second' }).waitFor();
    await page.getByText('Tuned further from “first”').waitFor();
    await page.getByText('rows: 300').waitFor();
    await page
      .getByText(/^SHA-256 [0-9a-f]{64}$/)
      .first()
      .waitFor();
    await page.getByText(/^Changed from the default: \d+$/).waitFor();
    await shoot(page, 'run-page');
  });

  test('settings that the memory has no room for give way to ones that fit, by one click, which is taken back', async () => {
    const { page, studio } = visit;
    await studio.go('model');
    await page.getByRole('tab', { name: 'From scratch' }).click();
    await studio.chooseTexts('stories');
    await studio.configure({ preset: '30M', contextLength: 512, batchSize: 256 });
    const start = page.getByRole('button', { name: 'Start training' });
    const fit = page.getByRole('button', { name: 'Use settings that fit' });
    await fit.waitFor();
    await start.and(page.locator(':disabled')).waitFor();
    await page.getByText(/^Batch size: 256 → \d+$/).waitFor();
    await shoot(page, 'model-fitting');
    await fit.click();
    await fit.waitFor({ state: 'detached' });
    await start.and(page.locator(':enabled')).waitFor();
    await studio.undo();
    await fit.waitFor();
  });

  test('a model built like GPT-2 is trained from scratch', async () => {
    const { page, studio, running } = visit;
    await studio.go('model');
    await page.getByRole('tab', { name: 'From scratch' }).click();
    await page.getByRole('tab', { name: 'Advanced' }).click();
    await studio.openGroup('Model and tokenizer');
    await page.locator('[aria-label^="Built like"]').click();
    await page.getByRole('option', { name: /^GPT-2/ }).click();
    await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toMatch(/^GPT-2 /);
    await studio.chooseTexts('stories');
    await studio.configure({ ...TINY, steps: 30, validationEvery: 15, sampleEvery: 0 });
    await studio.name('like GPT-2');
    await studio.startTraining();
    const { losses } = await studio.until('like GPT-2', (r) => r.status === 'finished');
    expect(losses.at(-1)![1]).toBeLessThan(losses[0]![1] - 0.5);
    const said = await studio.greedy('like GPT-2', QUESTION);
    const { name, model } = await studio.importModel(await studio.exportZip('like GPT-2', running.downloads));
    expect(model.family).toBe('gpt2');
    expect(await studio.greedy(name, QUESTION)).toBe(said);
  });

  test('with models and runs there, too, no screen has a serious fault or scrolls sideways', async () => {
    const { page, studio } = visit;
    for (const screen of [SCREENS[0]!, SCREENS[3]!]) {
      await showAs(page, screen);
      for (const path of [
        'data/tokens',
        'model',
        'train',
        'evaluate',
        'chat',
        'export',
        'export/guides',
        'export/upkeep',
        'runs',
      ]) {
        await studio.go(path);
        await expectSound(page, `${path.replace('/', '-')}-${screen.name}-full`);
      }
    }
    await studio.go('export/upkeep');
    await page.getByRole('heading', { level: 1, name: 'From the first model to the tenth' }).waitFor();
    await studio.go('export/guides');
    await page
      .getByText(/^unzip \S+\.zip -d \S+$/)
      .first()
      .waitFor();
  });

  test('nothing left this origin, and the page met no error or refusal of the policy', () => {
    expect(visit.seen).toEqual(CLEAN);
  });
});
