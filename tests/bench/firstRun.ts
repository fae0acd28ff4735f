import { readFileSync } from 'node:fs';
import { sampleSettings, SAMPLE_VOCABULARY } from '../../src/app/state/sampleSettings';
import { DEFAULT_SAMPLING } from '../../src/base/chat';
import { parameterCount } from '../../src/base/modelShape';
import { SAMPLE_NAMES, sampleContent, sampleFile, type SampleName } from '../../src/base/records/samples';
import { DEFAULT_SECONDS } from '../../src/base/settings/lengthByTime';
import { modelOf, presetNamed, type PresetName } from '../../src/base/settings/presets';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import { HoldoutPlanner } from '../../src/data/batches/holdout';
import { textWindows } from '../../src/data/batches/textWindows';
import { plainText } from '../../src/data/chat/conversationText';
import { OwnTokenizer } from '../../src/data/tokens/ownTokenizer';
import { trainBpe } from '../../src/data/tokens/trainBpe';
import { openEngine } from '../../src/engine/gpuEngine';
import { createGenerator } from '../../src/engine/generation/decoder';
import { initialWeights, uploadWeights } from '../../src/engine/models/weights';
import { rateAt } from '../../src/engine/training/optim/schedules';
import { createTrainer, type Trainer } from '../../src/engine/training/step';
import { generate } from '../../src/studio/chat/generate';
import { textPrompt } from '../../src/studio/chat/prompts';
import { dawn } from '../dawn';

/** Tokens of the last sample, as a run draws it. */
const SAMPLE_TOKENS = 48;
const SEEDS = [42, 1, 2];

/** A first run on a sample text, and what came of it. */
export interface FirstRun {
  sample: SampleName;
  seed: number;
  parameters: number;
  steps: number;
  seconds: number;
  /** Words of the last sample, and the share of them that stand in the text. */
  words: number;
  share: number;
  text: string;
}

/** The rows of a sample as a new model reads them. */
function rowsOfSample(name: SampleName): string[] {
  const text = readFileSync(`public/samples/${sampleFile(name)}`, 'utf8').trimEnd();
  return sampleContent(name) === 'chat' ? text.split('\n').map((row) => plainText(row, 'chat')) : text.split('\n\n');
}

function wordsOf(text: string, name: SampleName): string[] {
  const segments = new Intl.Segmenter(name.startsWith('chinese') ? 'zh' : 'en', { granularity: 'word' }).segment(text);
  return [...segments].flatMap(({ segment, isWordLike }) => (isWordLike ? [segment] : []));
}

/** Windows of both sides of the text, as a run splits it. */
function windowsOfRows(rows: readonly string[], tokenizer: OwnTokenizer, settings: TrainSettings) {
  const { seed, batchSize: batch, contextLength: length, validationBatches } = settings;
  const planner = new HoldoutPlanner(seed, 0.1);
  rows.forEach((row) => planner.see(row));
  const plan = planner.plan();
  const side = (held: boolean): Uint32Array =>
    Uint32Array.from(
      rows
        .filter((row) => plan.isValidation(row) === held)
        .flatMap((row) => [...tokenizer.encode(row), tokenizer.endId]),
    );
  return textWindows(side(false), side(true), { seed, batch, length, accumulate: 1, validationBatches });
}

/**
 * A run as the studio starts one on a sample by default: the size, the tokenizer, the rate, the prompt and the seed of
 * the form. `length` is a number of steps, or the time that they take here. The engine is open.
 */
export async function firstRun(
  sample: SampleName,
  size: PresetName,
  seed: number,
  length: { steps: number } | { seconds: number },
): Promise<FirstRun> {
  const rows = rowsOfSample(sample);
  const preset = presetNamed(size);
  const defaults = { ...defaultSettings(), ...preset.settings, seed };
  const settings = { ...defaults, ...sampleSettings(sample, defaults.task, preset) };
  const tokenizer = new OwnTokenizer(await trainBpe(rows, SAMPLE_VOCABULARY));
  const windows = windowsOfRows(rows, tokenizer, settings);
  const model = modelOf(preset, tokenizer.vocabSize, settings.contextLength);
  const trainer = createTrainer(model, settings, await uploadWeights(model, initialWeights(model, seed)));
  const step = (cursor: number, rate: number) => trainer.step(windows.trainBatches(cursor), rate);
  const steps = 'steps' in length ? length.steps : Math.round(length.seconds / (await pace(() => step(0, 0))));
  const begun = performance.now();
  for (let i = 0; i < steps; i++) await step(i * settings.batchSize, rateAt(settings, i, steps));
  const seconds = (performance.now() - begun) / 1000;
  const text = await written(trainer, tokenizer, settings);
  trainer.dispose();
  const known = new Set(rows.flatMap((row) => wordsOf(row, sample)));
  const words = wordsOf(text, sample);
  const share = words.filter((word) => known.has(word)).length / words.length;
  return { sample, seed, parameters: parameterCount(model), steps, seconds, words: words.length, share, text };
}

/** Seconds of a step; pipelines compile in the first ones. */
async function pace(step: () => Promise<unknown>): Promise<number> {
  await step();
  await step();
  const begun = performance.now();
  for (let i = 0; i < 4; i++) await step();
  return (performance.now() - begun) / 4000;
}

async function written(trainer: Trainer, tokenizer: OwnTokenizer, settings: TrainSettings): Promise<string> {
  const generator = createGenerator(trainer.model);
  const prompt = textPrompt(settings.samplePrompt, tokenizer, undefined);
  const sampling = { ...DEFAULT_SAMPLING, seed: settings.seed, maxTokens: SAMPLE_TOKENS };
  const parts = { generator, tokenizer, inTurn: async <T>(work: () => Promise<T>) => work() };
  const { text } = await generate(parts, prompt, [], sampling, () => undefined);
  generator.dispose();
  return text;
}

/** All samples on three seeds, each as long as the studio lets a run be by default, or as `steps` says. */
export async function firstRuns(steps: string | undefined, named: string | undefined): Promise<FirstRun[]> {
  await openEngine({ gpu: dawn() });
  const runs: FirstRun[] = [];
  for (const sample of SAMPLE_NAMES.filter((name) => named === undefined || name === named))
    for (const seed of SEEDS) {
      const length = steps === undefined ? { seconds: DEFAULT_SECONDS } : { steps: Number(steps) };
      const run = await firstRun(sample, '0.1M', seed, length);
      console.log(`${sample}, seed ${seed}, ${run.steps} steps: ${Math.round(100 * run.share)} %`, run.text);
      runs.push(run);
    }
  return runs;
}
