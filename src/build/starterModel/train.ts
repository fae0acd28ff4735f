// Trains the base model that comes with the studio, on the CPU path, and writes its files.
import type { ReadParameterRows } from '../../base/numbers/tensorData';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import { parameterCount, type ModelShape } from '../../base/modelShape';
import { CHATML } from '../../base/ownTemplates';
import { textWindows } from '../../data/batches/textWindows';
import { OwnTokenizer } from '../../data/tokens/ownTokenizer';
import { HoldoutPlanner } from '../../data/batches/holdout';
import { trainBpe } from '../../data/tokens/trainBpe';
import { openCpuEngine } from '../../engine/cpuEngine';
import { rateAt } from '../../engine/training/optim/schedules';
import { createTrainer, type Trainer } from '../../engine/training/step';
import { initialWeights, uploadWeights } from '../../engine/models/weights';
import { writeGenerationConfig } from '../../formats/huggingFace/generationConfig';
import { writeHfConfig } from '../../formats/huggingFace/hfConfigWriting';
import { sliceParts } from '../../formats/huggingFace/modelTensors';
import { paragraphs } from '../../formats/text/plainText';
import { layoutSafetensors, writeSafetensors } from '../../formats/huggingFace/safetensors';
import { tensorPlan } from '../../formats/huggingFace/tensorNames';
import { writeTokenizerConfig, writeTokenizerJson } from '../../formats/huggingFace/tokenizerJson';
import { cardOf, type Figures } from './card';
import { asTrained, TURN_END, withTurns } from './text';

const TEXT = 'public/starter/atelier-starter.txt';
const OUT = 'public/models/atelier-starter';
const VOCABULARY = 2046;
const HELD_OUT = 0.05;
const SHAPE: Omit<ModelShape, 'vocabSize'> = {
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 5,
  heads: 4,
  kvHeads: 4,
  headDim: 32,
  contextLength: 256,
  ropeTheta: 10_000,
  normEps: 1e-5,
};
const CONFIG: TrainSettings = {
  ...defaultSettings(),
  contextLength: 128,
  batchSize: 8,
  learningRate: 2e-3,
  epochs: 10,
  durationUnit: 'epochs',
};

export async function main(): Promise<void> {
  await openCpuEngine();
  const rows: string[] = [];
  for await (const row of paragraphs([await readFile(TEXT, 'utf8')])) rows.push(row);
  const tokenizer = new OwnTokenizer(withTurns(await trainBpe(rows.map(asTrained), VOCABULARY)));
  const { train, validation } = streams(rows, tokenizer);
  const model: ModelShape = { ...SHAPE, vocabSize: tokenizer.vocabSize };
  const trainer = createTrainer(model, CONFIG, await uploadWeights(model, initialWeights(model, CONFIG.seed)));
  console.log(`${parameterCount(model)} parameters, ${train.length} tokens, ${validation.length} held out`);
  const figures = await run(trainer, train, validation);
  await write(model, tokenizer, trainer, { ...figures, rows: rows.length, parameters: parameterCount(model) });
}

/** Both sides of the text, each row with the end token behind it. */
function streams(rows: readonly string[], tokenizer: OwnTokenizer): { train: Uint32Array; validation: Uint32Array } {
  const planner = new HoldoutPlanner(CONFIG.seed, HELD_OUT);
  rows.forEach((row) => planner.see(row));
  const holdout = planner.plan();
  const side = (held: boolean): Uint32Array =>
    Uint32Array.from(
      rows
        .filter((row) => holdout.isValidation(row) === held)
        .flatMap((row) => [...tokenizer.encode(asTrained(row)), tokenizer.endId]),
    );
  return { train: side(false), validation: side(true) };
}

type Trained = Omit<Figures, 'rows' | 'parameters'>;

async function run(trainer: Trainer, train: Uint32Array, validation: Uint32Array): Promise<Trained> {
  const { seed, batchSize: batch, contextLength: length } = CONFIG;
  const order = { seed, batch, length, accumulate: 1, validationBatches: Infinity };
  const windows = textWindows(train, validation, order);
  const steps = Math.ceil((CONFIG.epochs * windows.count) / batch);
  const validate = () => trainer.evaluate(windows.validationBatches());
  const begun = performance.now();
  let loss = 0;
  for (let step = 0; step < steps; step++) {
    ({ loss } = await trainer.step(windows.trainBatches(step * batch), rateAt(CONFIG, step, steps)));
    if (step % 200 === 0) console.log(step, steps, loss.toFixed(3), (await validate()).loss.toFixed(3));
  }
  const measured = await validate();
  return {
    steps,
    tokens: steps * batch * length,
    textTokens: train.length,
    trainLoss: loss,
    validationLoss: measured.loss,
    validationAccuracy: measured.accuracy,
    minutes: (performance.now() - begun) / 60_000,
    settings: CONFIG,
  };
}

async function write(model: ModelShape, tokenizer: OwnTokenizer, trainer: Trainer, figures: Figures): Promise<void> {
  await mkdir(OUT, { recursive: true });
  const ends = [tokenizer.endId, tokenizer.idOf(TURN_END)!];
  const texts = {
    'README.md': cardOf(figures),
    'config.json': writeHfConfig(model, { eos: ends, bos: tokenizer.endId }, 'float16'),
    'generation_config.json': writeGenerationConfig({ eos: ends, temperature: 0.8, topK: 40, topP: 0.95 }),
    'tokenizer.json': writeTokenizerJson(tokenizer.model),
    'tokenizer_config.json': writeTokenizerConfig(tokenizer.model, model.contextLength),
    'chat_template.jinja': CHATML,
  };
  for (const [file, text] of Object.entries(texts)) await writeFile(join(OUT, file), text);
  await writeFile(join(OUT, 'model.safetensors'), await weightsFile(model, trainer));
}

async function weightsFile(model: ModelShape, trainer: Trainer): Promise<Uint8Array> {
  const weights = new Map(
    trainer.tensors().flatMap((t) => (t.spec.role === 'weight' ? [[t.spec.name, t] as const] : [])),
  );
  const read: ReadParameterRows = async (name, row, rows) => {
    const { spec, read: bytesOf } = weights.get(name)!;
    const values = new Float32Array((await bytesOf()).buffer);
    const width = values.length / spec.shape[0]!;
    return values.slice(row * width, (row + rows) * width);
  };
  const planned = tensorPlan(model).flatMap(({ parameter, slices }) =>
    slices.map((slice) => ({ name: slice.name, shape: slice.shape, dtype: 'F16' as const, parameter, slice })),
  );
  const chunks: Uint8Array[] = [];
  const parts = writeSafetensors(layoutSafetensors(planned), ({ parameter, slice }) =>
    sliceParts(parameter, slice, read, 'F16'),
  );
  for await (const chunk of parts) chunks.push(chunk);
  return Buffer.concat(chunks);
}
