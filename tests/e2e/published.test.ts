import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { CLEAN, SCREENS, shoot, showAs } from './harness';
import { expectSound } from './sound';
import { colours, preferences, stories } from './texts';
import { tinyLlama } from './tinyLlama';
import { visiting } from './visit';

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/**
 * A published model, from its folder to files that others load: opened, tuned on conversations by an adapter, compared
 * with what it was, taken away. Each part goes on from what the one before has left.
 */
describe('a published model', () => {
  const visit = visiting();
  const files = mkdtempSync(join(tmpdir(), 'atelier-published-'));
  afterAll(() => rmSync(files, { recursive: true }));
  afterEach(() => shoot(visit.page, 'published-last'));

  test('a model whose chat template does not end is refused, and the studio goes on', async () => {
    const { page, studio } = visit;
    const endless =
      '{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}' +
      '{% endfor %}{% endfor %}{% endfor %}';
    await studio.go('model');
    await page.getByRole('tab', { name: 'A pretrained model' }).click();
    await page.locator('input[webkitdirectory]').setInputFiles(tinyLlama(files, 'SlowFox', endless));
    await page.getByText(/^The chat template of this model did not finish within/).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
  });

  test('its folder is opened, and 200 conversations come in', async () => {
    const { studio } = visit;
    await studio.bring('colours.jsonl', colours(200));
    await studio.openModel(tinyLlama(files));
    await studio.chooseTexts('colours');
  });

  test('preflight shows what is wrong with which rows, before a step is spent', async () => {
    const { page } = visit;
    await page.getByText(/^200 rows looked at/).waitFor();
    await page.getByText(/repeat an earlier row word for word: 1\./).waitFor();
    await page.getByRole('heading', { name: '1 repeat' }).waitFor();
    await page.getByRole('button', { name: 'Show rows: 1 repeat' }).click();
    await page.getByRole('button', { name: 'Show row 9' }).click();
    await page.getByText('Row 9 of “colours”').waitFor();
    await page.getByText('3: colour of').waitFor();
    await page.getByText(/longer than 64 tokens, which are cut there: 1 \(1 %\)/).waitFor();
  });

  test('a repeat is left out by one click, taken back, and left out again', async () => {
    const { page, studio } = visit;
    await studio.button('Leave out repeats');
    await page.getByText(/^199 rows looked at/).waitFor();
    await page.getByRole('heading', { name: '1 repeat' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take back: Repeats left out of this run: 1.' }).click();
    await page.getByText(/^200 rows looked at/).waitFor();
    await studio.button('Leave out repeats');
    await studio.undo();
    await page.getByRole('button', { name: 'Leave out repeats' }).waitFor();
  });

  test('what would teach nothing cannot be started, and is mended by one click', async () => {
    const { page, studio } = visit;
    const start = page.getByRole('button', { name: 'Start training' });
    await start.and(page.locator(':enabled')).waitFor();
    await studio.configure({ contextLength: 8 }); // shorter than every question
    await page.getByText('Blocks the start').waitFor();
    await start.and(page.locator(':disabled')).waitFor();
    await studio.button('Set the context length to 64');
    await page.getByText('Blocks the start').waitFor({ state: 'detached' });
    await start.and(page.locator(':enabled')).waitFor();
  });

  test('the first batch shows what is graded', async () => {
    const { page, studio } = visit;
    await studio.button('Show the first batch');
    const window = page.getByRole('group', { name: /^Window 1/ }).first();
    await window.waitFor();
    expect(await window.innerText()).toMatch(/<\|im_start\|>assistant/);
    const graded = await window.locator('.graded').allInnerTexts();
    expect(graded.join('')).toMatch(/^(white|black|green|red)<\|im_end\|>$/);
  });

  test('the keyboard keeps its place where what it stood on goes away', async () => {
    const { page } = visit;
    await page.getByRole('button', { name: 'Rename “TinyFox”' }).press('Enter');
    await page.getByRole('textbox', { name: 'Rename “TinyFox”' }).press('Escape');
    await page.locator('button:focus', { hasText: 'TinyFox' }).waitFor();
    const explain = page.getByRole('button', { name: 'Explain Rank', exact: true });
    await explain.press('Enter');
    await page.getByRole('complementary').getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    await page.locator(':focus').and(explain).waitFor();
    await explain.press('Enter');
    await page.getByRole('complementary').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').waitFor({ state: 'detached' });
    const another = page.getByRole('button', { name: 'Open another model' });
    await another.press('Enter');
    await page.getByLabel('Name or address of the model').waitFor();
    await page.keyboard.press('Escape');
    await page.locator(':focus').and(another).waitFor();
  });

  test.each(SCREENS)('its screen is sound: $name', async (screen) => {
    await showAs(visit.page, screen);
    await expectSound(visit.page, `published-${screen.name}`);
  });

  test('an adapter learns the conversations beside weights that stay as they are', async () => {
    const { page, studio } = visit;
    await showAs(page, SCREENS[0]!);
    await studio.configure({
      ...{
        learningRate: 2e-2,
        durationUnit: 'steps',
        steps: 24,
        batchSize: 4,
        accumulate: 1,
        loraRank: 8,
        loraAlpha: 32,
      },
      ...{ validationEvery: 12, sampleEvery: 0 },
    });
    await studio.name('colours by adapter');
    await studio.startTraining();
    const run = await studio.until('colours by adapter', (r) => r.status === 'finished');
    const losses = run.losses.map(([, loss]) => loss);
    expect(losses).toHaveLength(24);
    expect(mean(losses.slice(-4))).toBeLessThan(0.7 * mean(losses.slice(0, 4)));
    expect(run.lora).toMatchObject({ rank: 8, baseName: 'TinyFox' });
  });

  test.each([
    ['dpo', /^Rewards/],
    ['orpo', /^Log odds ratio/],
  ])('%s learns which answer is better, over a stop, and its rewards are drawn', async (task, chart) => {
    const { page, studio } = visit;
    const STEPS = 100; // more than are done before the stop is pressed
    if (task === 'dpo') await studio.bring('preferences.jsonl', preferences(60));
    await studio.go('model');
    await studio.chooseTexts('preferences');
    await studio.configure({
      ...{ learningRate: 2e-2, durationUnit: 'steps', steps: STEPS, batchSize: 4, accumulate: 1, loraRank: 4 },
      ...{ validationEvery: STEPS / 2, sampleEvery: 0, ...(task === 'orpo' && { task }) },
    });
    await studio.name(task);
    await studio.startTraining();
    await studio.until(task, (r) => r.step >= 0 && r.status === 'running');
    await studio.button('Stop');
    await studio.until(task, (r) => r.status === 'stopped');
    await studio.button(/^Resume from step/);
    const run = await studio.until(task, (r) => r.status === 'finished');
    expect(run.rewards.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
    const margins = run.rewards.map(({ rewards }) => rewards.margin);
    expect(mean(margins.slice(-3))).toBeGreaterThan(mean(margins.slice(0, 3)));
    for (const { rewards } of run.rewards) expect('logOddsRatio' in rewards).toBe(task === 'orpo');
    await page.getByRole('heading', { name: chart }).waitFor();
    await page.getByText(/held out: \d+% preferred/).waitFor();
    await expectSound(page, `train-${task}`);
  });

  test('base and tuned answer side by side, the same prompt with the same seed', async () => {
    const { page, studio } = visit;
    await studio.chatWith('colours by adapter');
    await page.getByRole('switch', { name: 'Compare' }).click();
    await page.getByLabel('Compared with: TinyFox').waitFor();
    await studio.setNumber('Temperature', 0);
    await studio.setNumber('Longest reply, in tokens', 6);
    const [tuned, base] = await studio.ask('7: colour of snow?', 2);
    expect(tuned!.from).toBe('colours by adapter · step 24');
    expect(base!.from).toBe('TinyFox · without the adapter');
    expect(tuned!.text).toMatch(/white|black|green|red/);
    expect(base!.text).not.toBe(tuned!.text);
    expect([tuned!.read, base!.prompt, base!.read]).toEqual([tuned!.prompt, tuned!.prompt, tuned!.prompt]);
    await page.getByText(/^They part a/).waitFor();
  });

  test('the next turn reads only what is new; a question is changed, and the change taken back', async () => {
    const { page, studio } = visit;
    await studio.button('New conversation');
    const [first] = await studio.ask('snow?', 2);
    expect(first!.read).toBeLessThan(first!.prompt); // both conversations begin as the template does
    const [tuned, base] = await studio.ask('coal?', 2);
    expect(tuned!.read).toBeLessThanOrEqual(tuned!.prompt - first!.prompt);
    expect(base!.prompt).toBe(tuned!.prompt); // the conversation goes on from one answer, whoever reads it
    const turns = page.getByRole('list', { name: 'What was written' }).getByRole('listitem');
    expect(await turns.count()).toBe(2);
    await page.getByRole('button', { name: 'Change the message' }).first().click();
    await page.getByRole('textbox', { name: 'Change the message' }).fill('grass?');
    await turns.first().getByRole('button', { name: 'Send' }).click();
    await studio.answered(2);
    expect(await turns.count()).toBe(1);
    await studio.undo();
    await turns.nth(1).waitFor();
    expect(await turns.first().innerText()).toContain('snow?');
  });

  test('where the context is full the oldest turns leave it, and it is said which', async () => {
    const { page, studio } = visit;
    await page.getByLabel('Your message').fill('9: colour of grass?');
    await page.getByText(/oldest messages have no room/).waitFor();
    await studio.ask('9: colour of grass?', 2);
    await page.getByText('The context is full: the model no longer sees what stands above').waitFor();
  });

  test('an answer is written again with another seed; a text goes on until it is stopped; what was deleted comes back', async () => {
    const { page, studio } = visit;
    const list = page.getByRole('list', { name: 'What was written' });
    const turns = await list.getByRole('listitem').count();
    const [before] = await studio.answered(2);
    await studio.button('Write again, with another seed');
    const [again, beside] = await studio.answered(2);
    expect(again!.seed).toBe(beside!.seed);
    expect(again!.seed).not.toBe(before!.seed);
    expect(await list.getByRole('listitem').count()).toBe(turns);
    await studio.button('New conversation');
    await list.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Text', exact: true }).click();
    await studio.setNumber('Longest reply, in tokens', 100_000);
    await studio.button('Continue the text');
    // the one below the thread: that of an answer goes with it, under the pointer
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    // a stop may come between the two answers: then the first has ended, and the second never began
    const stopped = list.getByText(/stopped by you|stopped before its first token/).first();
    await stopped.waitFor();
    await studio.setNumber('Longest reply, in tokens', 6);
    await page
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('button', { name: /^Delete/ })
      .click();
    await list.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await stopped.waitFor();
    await page.getByRole('button', { name: /^snow\?/ }).click();
    await list.getByText('coal?').first().waitFor();
    await page.getByRole('button', { name: 'Conversation', exact: true }).click();
  });

  test('any token of an answer opens the likeliest ones in its place', async () => {
    const { page } = visit;
    const answer = page.locator('.answer').nth(-2); // that of the tuned model, in words
    // bytes that make no character have a place, and nothing to press
    const token = answer.locator('[data-at]:not([data-at="0"])').filter({ hasText: /\S/ }).first();
    const at = Number(await token.getAttribute('data-at'));
    await token.click();
    const card = page.getByRole('dialog', { name: 'The likeliest tokens here' });
    await card.getByText('softmax', { exact: false }).waitFor();
    const shares = async () => (await card.locator('.share').allInnerTexts()).map((text) => Number.parseFloat(text));
    expect((await shares()).length).toBeGreaterThanOrEqual(5);
    expect(await shares()).toEqual((await shares()).toSorted((a, b) => b - a));
    await card.getByText(`Token ${at + 1} of`).waitFor();
    await page.keyboard.press('ArrowLeft');
    await card.getByText(`Token ${at} of`).waitFor();
    await expectSound(page, 'token');
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'detached' });
  });

  test('two adapters answer together, as much of each as is asked, and become one', async () => {
    const { page, studio } = visit;
    await page.getByLabel('Add an adapter').click();
    await page.getByRole('option', { name: /^dpo/ }).click();
    await page.getByRole('slider', { name: 'How much of “dpo”' }).press('ArrowLeft');
    await studio.setNumber('How much of “colours by adapter”, typed', 0.5);
    const [both, base] = await studio.ask('7: colour of snow?', 2);
    expect([both!.from, base!.from]).toEqual([
      '0.5 × colours by adapter + 0.95 × dpo',
      'TinyFox · without the adapter',
    ]);
    await studio.button('Save as one adapter');
    await page.getByLabel('Name of the joined adapter').fill('both');
    await page.keyboard.press('Enter');
    await page.getByText('“both” now stands under “TinyFox” as an adapter of its own.').waitFor();
    const kept = (await studio.stored<{ name: string; lora?: object }>('runs')).find(({ name }) => name === 'both');
    expect(kept?.lora).toMatchObject({ rank: 12, alpha: 12, baseName: 'TinyFox' });
    await studio.button('Leave out “dpo”');
    await studio.setNumber('How much of “colours by adapter”, typed', 1);
  });

  test('a conversation outlives a reload', async () => {
    const { page, studio } = visit;
    const talks = () => studio.stored<{ turns: { prompt: string }[] }>('talks');
    const kept = async () => (await talks()).some(({ turns }) => turns.some(({ prompt }) => prompt === 'coal?'));
    await expect.poll(kept).toBe(true); // what was just taken back is kept by the worker, which a reload ends
    await page.reload();
    const list = page.getByRole('list', { name: 'What was written' });
    await list.getByRole('listitem').nth(3).waitFor(); // the one that was open, not the one that was written last
    expect(await list.innerText()).toContain('coal?');
    await page.getByRole('button', { name: 'Model: colours by adapter' }).waitFor();
  });

  test.each(SCREENS)('its conversation is sound: $name', async (screen) => {
    await showAs(visit.page, screen);
    await expectSound(visit.page, `conversation-${screen.name}`);
  });

  test('on a phone, its keyboard open, the composer stands above the keyboard and Enter sends', async () => {
    const { page, studio } = visit;
    const phone = SCREENS[2]!;
    await showAs(page, { ...phone, height: 508 });
    const field = page.getByLabel('Your message');
    await field.fill('first line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('snow?');
    expect(await field.inputValue()).toBe('first line\nsnow?');
    await field.fill('snow?');
    await page.getByRole('button', { name: 'Send', exact: true }).and(page.locator(':enabled')).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(/^Answer (finished|stopped)/).waitFor({ state: 'attached' });
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    const [said] = await studio.answered(1);
    expect(said!.text.length).toBeGreaterThan(0);
    const answer = (await page.locator('.answer').last().boundingBox())!;
    const composer = (await field.boundingBox())!;
    expect(composer.y + composer.height).toBeLessThan(508);
    expect(answer.y).toBeLessThan(composer.y);
    await page.getByRole('button', { name: 'Conversations' }).click();
    const drawer = page.getByRole('dialog', { name: 'Conversations' });
    await drawer.getByRole('button', { name: /^snow\?/ }).waitFor();
    await expectSound(page, 'chat-drawer-phone');
    await page.keyboard.press('Escape');
  });

  /** The adapter as PEFT has it, on the disk. */
  let adapterZip = '';
  test('adapter and model are taken away as PEFT and GGUF, and each file is what was trained', async () => {
    const { page, studio } = visit;
    await showAs(page, SCREENS[0]!);
    await studio.go(`export/${await studio.idOf('colours by adapter')}`);
    await page.getByLabel('Run or model: colours by adapter').waitFor();
    for (const [kind, most] of [
      ['The adapter (PEFT)', 1e-6],
      ['The adapter as GGUF', 1e-6],
      ['GGUF, 8 bits', 0.01],
    ] as const) {
      const { picked } = await studio.saveAs(kind);
      if (picked.endsWith('-peft.zip')) adapterZip = await studio.savedCopy(picked, visit.running.downloads);
      const { sentence, tokens, divergence } = await studio.verify('Verify the saved file');
      expect(sentence, kind).toMatch(/writes what the model here writes|is the model here, rounded/);
      expect(tokens, kind).toBe(48);
      expect(divergence, kind).toBeLessThan(most);
      if (kind === 'The adapter (PEFT)') continue;
      const inLlama = await studio.verify('Run it in llama.cpp');
      expect(inLlama.sentence, kind).toMatch(/in llama\.cpp (writes what|is the model)/);
      expect(inLlama.tokens, kind).toBeGreaterThan(0);
      expect(inLlama.divergence, kind).toBeLessThan(0.01);
    }
    await expectSound(page, 'verified');
    const { picked, message } = await studio.saveAs('The run, for a bigger machine');
    expect(picked).toMatch(/-job\.zip$/);
    expect(message).toContain(picked);
  });

  test('its adapters stand under it, and one is the start of the next run, on plain text', async () => {
    const { page, studio } = visit;
    await studio.bring('fables.txt', stories(40));
    await studio.go('model/pretrained');
    const adapters = page.getByRole('region', { name: 'Adapters of TinyFox' });
    await adapters.getByText('rank 4, beside F16 weights · preferences (ORPO)').waitFor();
    await adapters.getByText(/^rank 12, .* Joined from 0\.5 × colours by adapter \+ 0\.95 × dpo$/).waitFor();
    await adapters.getByRole('button', { name: 'Delete “both”' }).click();
    await expect.poll(() => adapters.getByRole('listitem').count()).toBe(3);
    await expectSound(page, 'adapters');
    await adapters.getByRole('button', { name: 'Tune colours by adapter further' }).click();
    await studio.chooseTexts('fables');
    await page.getByLabel('Rank', { exact: true }).and(page.locator(':disabled')).waitFor();
    await page
      .getByText(/^Fixed by the adapter/)
      .first()
      .waitFor();
    await studio.configure({ durationUnit: 'steps', steps: 4, loraRank: 2, learningRate: 1e-2, sampleEvery: 0 });
    await studio.name('fables after colours');
    await studio.startTraining();
    const run = await studio.until('fables after colours', (r) => r.status === 'finished');
    expect(run).toMatchObject({
      lora: { rank: 8, baseName: 'TinyFox' },
      origin: { kind: 'checkpoint', runName: 'colours by adapter' },
      settings: { task: 'text', method: 'lora', loraRank: 8 },
    });
  });

  test('an adapter of another model is refused with what does not fit', async () => {
    const { page, studio } = visit;
    await studio.go('model/pretrained');
    await page.getByRole('button', { name: 'Open an adapter beside TinyFox' }).click();
    const folder = join(import.meta.dirname, '../fixtures/foreign/gpt2');
    const adapters = page.getByRole('region', { name: 'Adapters of TinyFox' });
    const input = adapters.locator('input[type=file]:not([webkitdirectory])');
    await input.setInputFiles(['adapter_config.json', 'adapter_model.safetensors'].map((file) => join(folder, file)));
    await adapters.getByText(/does not fit “TinyFox”.*names “example\/gpt2” as its base/).waitFor();
    await expectSound(page, 'adapter-refused');
    await adapters.getByRole('button', { name: 'Dismiss' }).click();
  });

  test('the adapter that was taken away comes back beside its base, is heard, deleted and brought back', async () => {
    const { page, studio } = visit;
    const name = basename(adapterZip, '.zip');
    const adapters = page.getByRole('region', { name: 'Adapters of TinyFox' });
    await adapters.locator('input[type=file]:not([webkitdirectory])').setInputFiles(adapterZip);
    await adapters.getByText(`rank 8, beside F32 weights · Imported from ${name}`).waitFor();
    await expectSound(page, 'adapter-opened');
    await adapters.getByRole('button', { name: `Delete “${name}”` }).click();
    await adapters.getByText(`Imported from ${name}`).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await adapters.getByRole('link', { name: `Chat with ${name}` }).click();
    await page.getByRole('button', { name: `Model: ${name}` }).waitFor();
    await studio.openChatSettings();
    await studio.button('New conversation');
    await page.getByRole('switch', { name: 'Compare' }).click();
    await page.getByLabel('Compared with: TinyFox').waitFor();
    await studio.setNumber('Temperature', 0);
    await studio.setNumber('Longest reply, in tokens', 6);
    const [tuned, base] = await studio.ask('7: colour of snow?', 2);
    expect(tuned!.from).toBe(name);
    expect(tuned!.text).toMatch(/white|black|green|red/);
    expect(base!.text).not.toBe(tuned!.text);
  });

  test('nothing left the origin, and nothing was refused', () => expect(visit.seen).toEqual(CLEAN));
});
