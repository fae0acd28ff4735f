import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { CheckpointManifest } from '../../src/base/records/checkpoint';
import type { ModelRecord } from '../../src/base/records/model';
import type { RunRecord } from '../../src/base/records/run';
import type { TalkRecord } from '../../src/base/records/talk';
import { modelOf, presetNamed } from '../../src/base/settings/presets';
import { defaultSettings } from '../../src/base/settings/trainSettings';
import type { HistoryPart } from '../../src/base/wire/events';
import { CLEAN } from './harness';
import { stories } from './texts';
import { visiting } from './visit';

// Every screen of a studio that was used for months: none grows with what is kept. No run is trained here.

const visit = visiting();

const RUNS = 66;
const TEXTS = 41;
const SCREEN = 900;
const BEGAN = Date.UTC(2026, 0, 5, 9);
const PRESET = presetNamed('0.1M');
const STEPS = 4000;
const saved = Array.from({ length: STEPS / 100 }, (_, i) => 100 * (i + 1));

const record = (i: number): RunRecord => ({
  ...{ id: `run-${i}`, name: `tea ${i}`, createdAt: BEGAN - i * 60_000, updatedAt: BEGAN - i * 60_000 },
  ...{ status: 'finished', origin: { kind: 'scratch' }, tokenizerId: 'gone', model: modelOf(PRESET, 320, 64) },
  ...{ datasetNames: ['tales'], step: STEPS, totalSteps: STEPS, tokens: 1600, bestValidationLoss: 2 + i / 100 },
  ...{ settings: { ...defaultSettings(), ...PRESET.settings }, defaults: {} },
});

const adapter = (base: ModelRecord, i: number): RunRecord => ({
  ...record(i + RUNS),
  ...{ name: `manner ${i}`, model: base.model, tokenizerId: base.tokenizerId, pretrainedId: base.id },
  origin: { kind: 'model', modelId: base.id, name: base.name },
  lora: {
    ...{ baseId: base.id, baseName: base.name, baseSha256: base.sha256, precision: 'f32' },
    ...{ rank: 16, alpha: 32, dropout: 0, rankStabilized: false, targets: ['q', 'v'] },
  },
});

const checkpoint = (run: RunRecord, step: number): CheckpointManifest => ({
  ...{ id: `${run.id}-${step}`, runId: run.id, schema: 1, createdAt: BEGAN + step, step, reason: 'autosave' },
  ...{ best: step === STEPS, model: run.model, tokenizerId: run.tokenizerId, cursor: step, totalSteps: STEPS },
  ...{ tokens: 1600, kernelVariants: {}, gpuName: 'none', tensors: [], byteLength: 408_000, chunks: [] },
  ...{ weightsSha256: `${step}`, validationLoss: 6 - step / 1000, trainLoss: 6 - step / 1000 },
});

/** What it wrote as it was trained, and its validation losses. */
const history = (runId: string): HistoryPart => ({
  ...{ runId, fromStep: 0, toStep: STEPS },
  steps: Array.from({ length: STEPS }, (_, i) => ({
    ...{ step: i + 1, loss: 6 - i / 1000, accuracy: i / STEPS, gradNorm: 1, rate: 1e-3 },
    ...{ tokens: 40, milliseconds: 12, gpuBytes: 4e7 },
  })),
  samples: saved.map((step) => ({ step, prompt: 'Tea', text: ' is warm by the river, and the boat is red.' })),
  validations: saved.map((step) => ({ step, loss: 6 - step / 1000, accuracy: 0.1, tokens: 400, best: true })),
});

const talk = (i: number): TalkRecord => ({
  ...{ id: `talk-${i}`, name: `About tea ${i}`, createdAt: BEGAN + i, updatedAt: BEGAN + i, system: '' },
  turns: [{ mode: 'chat', prompt: 'Tea?', goesOn: 0, answers: [] }],
});

/** Stops of the Tab key in the order of the document, up to and with this control; a group of radio buttons is one. */
const stopsTo = (control: Locator): Promise<number> =>
  control.evaluate((to) => {
    const all = document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [tabindex]');
    const stops = [...all].filter((e) => {
      if (e.tabIndex < 0 || e.matches(':disabled') || !e.checkVisibility()) return false;
      return !(e instanceof HTMLInputElement && e.type === 'radio') || e.checked;
    });
    return stops.indexOf(to as HTMLElement) + 1 || stops.length + 1;
  });

interface Place {
  path: string;
  /** What is done next there; where a screen tells only, its last control. */
  primary: (page: Page) => Locator;
  /** Stands there once the crowd is read. */
  shown?: string;
}
const talkToIt = (page: Page): Locator => page.locator('main').getByRole('link', { name: 'Talk to it' });
const PLACES: Place[] = [
  { path: 'home', primary: talkToIt },
  { path: 'data', primary: (page) => page.locator('main input[type=file]').first(), shown: 'All 41' },
  { path: 'train', primary: talkToIt, shown: 'All 40 checkpoints' },
  { path: 'chat', primary: (page) => page.locator('main textarea'), shown: 'About tea 40' },
  { path: 'runs', primary: (page) => page.getByRole('link', { name: 'tea 0', exact: true }) },
  {
    path: 'runs/run-0',
    primary: (page) => page.getByRole('button', { name: 'Start from these settings' }),
    shown: 'All 40 checkpoints',
  },
  { path: 'export', primary: (page) => page.getByRole('button', { name: 'Save', exact: true }) },
  { path: 'machine', primary: (page) => page.locator('main').getByRole('button').last() },
  { path: 'privacy', primary: (page) => page.getByRole('button', { name: 'Delete everything' }) },
];

/** Three screens high at most, and what is done next within 60 stops. */
async function expectNear(page: Page, primary: Locator): Promise<void> {
  expect.soft(await page.locator('main').evaluate((main) => main.scrollHeight)).toBeLessThanOrEqual(3 * SCREEN);
  expect.soft(await stopsTo(primary)).toBeLessThanOrEqual(60);
}

test('a crowd is kept: 66 runs, 41 texts, 66 adapters, 41 conversations', async () => {
  const { page, studio } = visit;
  await studio.go('data');
  const files = Array.from({ length: TEXTS }, (_, i) => ({
    ...{ name: `tale ${i}.txt`, mimeType: 'text/plain' },
    buffer: Buffer.from(`${stories(12)}\n\nTale ${i} ends.`),
  }));
  await page.locator('input[type=file]').first().setInputFiles(files);
  await page.getByRole('button', { name: 'One text each' }).click();
  await expect.poll(() => studio.stored('datasets').then((texts) => texts.length)).toBe(TEXTS);

  await studio.go('model/pretrained');
  await page.getByRole('button', { name: 'Open atelier-starter' }).click();
  await page.getByRole('radio', { name: 'atelier-starter', checked: true }).waitFor();
  const [base] = await studio.stored<ModelRecord>('models');
  const runs = Array.from({ length: RUNS }, (_, i) => record(i));
  await studio.keep({
    runs: [...runs, ...runs.map((_, i) => adapter(base!, i))],
    checkpoints: saved.map((step) => checkpoint(runs[0]!, step)),
    history: [history(runs[0]!.id)],
    talks: Array.from({ length: 41 }, (_, i) => talk(i)),
  });
});

test.each(PLACES)('$path stays within three screens, and what is done there near', async ({ path, primary, shown }) => {
  const { page, studio } = visit;
  await studio.go(path);
  if (shown !== undefined) await page.getByText(shown).first().waitFor();
  await primary(page).waitFor({ state: 'attached' });
  await expectNear(page, primary(page));
});

test.each(['scratch', 'pretrained', 'further'])('model/%s does, simple and advanced', async (mode) => {
  const { page, studio } = visit;
  await studio.go(`model/${mode}`);
  await page.getByText(/^All 41 texts/).waitFor();
  if (mode === 'pretrained') await page.getByText(/^All 66 adapters/).waitFor();
  for (const tab of ['Advanced', 'Simple']) {
    await page.getByRole('tab', { name: tab }).click();
    await expectNear(page, page.getByRole('button', { name: 'Start training' }));
  }
});

test('of all adapters one is found by its name; tuning a run further says what comes out', async () => {
  const { page, studio } = visit;
  await studio.go('model/pretrained');
  await page.getByRole('button', { name: 'All 66 adapters' }).click();
  const dialog = page.getByRole('dialog');
  const rows = dialog.getByRole('list').getByRole('listitem');
  expect(await rows.count()).toBe(RUNS);
  await dialog.getByLabel('Search by name').fill('manner 65');
  await expect.poll(() => rows.count()).toBe(1);
  await dialog.getByRole('button', { name: 'Tune manner 65 further' }).click();
  await studio.go('model/further/run-0');
  await page.getByText('A new model comes out, which begins where step 4,000 of “tea 0” ended.').waitFor();
});

test('nothing left the origin, and nothing was refused', () => expect(visit.seen).toEqual(CLEAN));
