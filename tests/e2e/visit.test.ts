import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  newProfile,
  NO_OVERFLOW,
  openBrowser,
  overflowOf,
  type RunningBrowser,
  SCREENS,
  seriousFindings,
  serve,
  type Served,
  shoot,
  showAs,
  watch,
  type Watch,
} from './harness';
import { Studio } from './studio';
import { dialogues, stories } from './texts';

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
 * One person's visit from an empty profile: text in, tokens, training on WebGPU, a killed browser, going on, talk, tuning on,
 * out and in again. Each part goes on from what the one before has left, as the person would.
 */
describe('the visit', () => {
  const profile = newProfile();
  let served: Served;
  let running: RunningBrowser;
  let studio: Studio;
  let seen: Watch;

  const start = async (): Promise<void> => {
    running = await openBrowser(profile.folder);
    await showAs(running.page, SCREENS[0]!);
    seen = watch(running.page, served.origin);
    studio = new Studio(running.page, served.origin);
    await studio.open();
  };
  beforeAll(async () => {
    served = await serve();
    await start();
  });
  afterAll(async () => {
    await running.close();
    await served.close();
    profile.remove();
  });

  afterEach(() => shoot(running.page, 'last'));

  test('an empty studio says what it is, what to do, and that nothing leaves', async () => {
    await running.page.getByText('Teach a small language model your own text').waitFor();
    await running.page.getByRole('button', { name: 'Try it with the sample text' }).waitFor();
    await running.page.getByText('Nothing leaves this browser').waitFor();
  });

  test('a file becomes a model that knows more than how often each token occurs, over a kill -9', async () => {
    await studio.bring('stories.txt', stories(600));
    await studio.go('model');
    await studio.chooseTexts('stories');
    await studio.configure({ ...TINY, steps: 160, validationEvery: 40, saveEverySteps: 40 });
    await studio.setNumber('Vocabulary size', 320);
    await studio.name('first');
    await studio.startTraining();
    await studio.until('first', (run) => run.checkpoints.some((c) => c.step >= 40));
    await shoot(running.page, 'train-running');
    await running.kill();

    await start();
    await running.page.getByText(/“first” was interrupted at step/).waitFor({ timeout: 30_000 });
    await studio.button('Go on');
    const run = await studio.until('first', (r) => r.status === 'finished');
    expect(run.losses.map(([step]) => step)).toEqual(Array.from({ length: 160 }, (_, i) => i + 1));
    const counts = await studio.heldOutCounts(run.preparedId!);
    expect(run.bestValidationLoss).toBeLessThan(entropy(counts));
    expect(run.bestValidationLoss).toBeGreaterThan(0.1);
  });

  test('the curves, their tables and what the model wrote are there', async () => {
    await studio.go('train');
    const { page } = running;
    await page.getByText('Finished after 160 steps.').waitFor();
    await page.getByText('Step 160', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'table' }).first().click();
    expect(await page.getByRole('table').first().getByRole('row').count()).toBeGreaterThan(3);
    await shoot(page, 'train-finished');
  });

  test('what a run left is drawn after a reload, at any size, in the palette of the moment; one thing scrolls', async () => {
    const { page } = running;
    await studio.go('train');
    await page.reload();
    await expect.poll(() => inkOfFirstChart(page)).toBeGreaterThan(100);
    for (const screen of [{ ...SCREENS[0]!, width: 780, height: 437 }, SCREENS[1]!, SCREENS[2]!]) {
      await showAs(page, screen);
      await studio.go('train');
      await expect.poll(() => inkOfFirstChart(page), { message: screen.name }).toBeGreaterThan(100);
      for (const path of ['train', 'data', 'data/tokens', 'model', 'chat', 'export', 'runs', 'machine', 'privacy']) {
        await studio.go(path);
        await page.locator('h1').first().waitFor();
        await expect.poll(() => overflowOf(page), { message: `${path} ${screen.width}` }).toEqual(NO_OVERFLOW);
      }
    }
    await showAs(page, SCREENS[0]!);
  });

  test('it is tuned further on dialogues, taken away, brought back, and says the same', async () => {
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
    await shoot(running.page, 'chat');

    const zip = await studio.exportZip('second', running.downloads);
    await studio.button('Verify the saved file');
    await running.page.getByText('all 48 tokens are equal').waitFor({ timeout: 60_000 });
    await shoot(running.page, 'export-verified');
    const imported = await studio.importZip(zip);
    expect(await studio.greedy(imported, QUESTION)).toBe(said);
  });

  test('a model built like GPT-2 is trained from scratch', async () => {
    const { page } = running;
    await studio.go('model');
    await page.getByRole('tab', { name: 'From scratch' }).click();
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
    const imported = await studio.importZip(await studio.exportZip('like GPT-2', running.downloads));
    const kept = await studio.stored<{ name: string; model: { family?: string } }>('models');
    expect(kept.find(({ name }) => name === imported)!.model.family).toBe('gpt2');
    expect(await studio.greedy(imported, QUESTION)).toBe(said);
  });

  test('with models and runs there, too, no screen has a serious fault or scrolls sideways', async () => {
    for (const screen of [SCREENS[0]!, SCREENS[3]!]) {
      await showAs(running.page, screen);
      for (const path of ['data/tokens', 'model', 'train', 'chat', 'export', 'runs']) {
        await studio.go(path);
        await running.page.locator('h1').first().waitFor();
        await shoot(running.page, `${path.replace('/', '-')}-${screen.name}-full`);
        const found = await seriousFindings(running.page);
        const overflow = await running.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect({ path, screen: screen.name, found, overflow: Math.max(0, overflow) }).toEqual({
          path,
          screen: screen.name,
          found: [],
          overflow: 0,
        });
      }
    }
  });

  test('nothing left this origin, and the page met no error or refusal of the policy', () => {
    expect(seen).toEqual({ errors: [], foreign: [] });
  });
});
