import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import type { LoraShape } from '../../src/base/lora';
import type { ModelShape } from '../../src/base/modelShape';
import type { FrozenPrecision } from '../../src/base/records/model';
import type { TensorData } from '../../src/base/numbers/tensorData';
import { uploadAdapter, type Adapter } from '../../src/engine/models/adapter';
import { createGenerator } from '../../src/engine/generation/decoder';
import type { Model } from '../../src/engine/models/model';
import { modelFor } from '../../src/engine/models/modelFor';
import { argmax } from '../../src/engine/generation/sample';
import { createTrainer } from '../../src/engine/training/step';
import { uploadBatch } from '../../src/engine/training/tokenBatch';
import { disposeWeights, uploadFrozen, uploadWeights, type Weights } from '../../src/engine/models/weights';
import { readAdapterConfig } from '../../src/formats/adapters/peftConfig';
import { adapterParameters, openAdapter } from '../../src/formats/adapters/peftReading';
import type { PlacedTensor } from '../../src/formats/huggingFace/shards';
import { readSafetensors, readTensor } from '../../src/formats/huggingFace/safetensors';
import { folderOf } from '../../src/studio/models/modelFolder';
import { keepModel } from '../../src/studio/models/openModel';
import { openWeights, tensorsOf, type OpenWeights } from '../../src/studio/models/weights';
import { stateOf } from '../engine/fixture';
import { testEngine } from '../gpu';
import { relativeError, values } from '../tensors';
import { lettersTokenizer } from '../letters';
import { freshStorage } from '../storage/storage';

// Files as transformers and peft save them, opened as the studio opens them, against what transformers, peft and
// PyTorch make of them: tests/fixtures/families.py.

const FAMILIES = ['gpt2', 'llama', 'smollm2', 'qwen2', 'qwen3', 'gemma3'];
/**
 * Weights of a BF16 file stand on the GPU in halves where they are frozen; one family shows it, and the others share
 * their shaders.
 */
const CASES = FAMILIES.flatMap((name): { name: string; dtype: string; precision: FrozenPrecision }[] => [
  { name, dtype: 'f32', precision: 'f32' },
  { name, dtype: 'bf16', precision: name === 'smollm2' ? 'f16' : 'f32' },
]);

interface Facts {
  batch: number;
  length: number;
  rate: number;
  prompt: number[];
  answers: { base: number[]; adapted: number[] };
  steps: { loss: number; gradNorm: number; inputs: number[]; targets: number[] }[];
}

beforeAll(async () => void (await testEngine('quickest')));

const pathOf = (name: string, file: string): URL => new URL(`../fixtures/families/${name}/${file}`, import.meta.url);
const bytesOf = (name: string, file: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(pathOf(name, file)));
const textOf = (name: string, file: string): string => readFileSync(pathOf(name, file), 'utf8');

async function opened(name: string, dtype: string): Promise<OpenWeights> {
  const files = [
    new File([bytesOf(name, 'config.json')], 'config.json'),
    new File([bytesOf(name, `${dtype}.safetensors`)], 'model.safetensors'),
    lettersTokenizer(),
  ];
  const db = await freshStorage();
  return openWeights(db, (await keepModel(db, await folderOf(files))).id);
}

/** The tensors of a file whose names begin so, without that beginning. */
async function placed(name: string, file: string, prefix = ''): Promise<PlacedTensor[]> {
  const buffer = fromBytes(bytesOf(name, file));
  const { tensors } = await readSafetensors(buffer, file);
  const found = tensors.filter((t) => t.name.startsWith(prefix));
  return found.map((t) => ({ ...t, name: t.name.slice(prefix.length), buffer, file }));
}

interface OpenedAdapter {
  lora: LoraShape;
  tensors: TensorData[];
}

/** An adapter in the names of peft as ours. */
async function adapterOf(name: string, model: ModelShape, tensors: PlacedTensor[]): Promise<OpenedAdapter> {
  const facts = readAdapterConfig(textOf(name, 'adapter_config.json'), 'adapter_config.json');
  const adapter = openAdapter(model, facts, tensors, 'adapter');
  const ours: TensorData[] = [];
  for await (const { name, values } of adapterParameters(model, adapter))
    ours.push({ name, dtype: 'F32', shape: [values.length], bytes: new Uint8Array(values.slice().buffer) });
  return { lora: adapter.lora, tensors: ours };
}

const floats = ({ bytes }: TensorData): Float32Array => new Float32Array(bytes.slice().buffer);

async function answer(model: Model, { prompt, answers }: Facts): Promise<number[]> {
  const generator = createGenerator(model, 64);
  const ids = [argmax(await generator.prefill(prompt))];
  while (ids.length < answers.base.length) ids.push(argmax(await generator.next(ids.at(-1)!)));
  generator.dispose();
  return ids;
}

describe.each(CASES)('$name, published in $dtype', ({ name, dtype, precision }) => {
  const facts = JSON.parse(textOf(name, `${dtype}.json`)) as Facts;
  const golden = async (tensor: string): Promise<Float32Array> => {
    const [found] = await placed(name, `${dtype}.goldens.safetensors`, tensor);
    return floats(await readTensor(found!.buffer, found!, found!.file));
  };
  const batches = facts.steps.map(({ inputs, targets }): TokenBatch => {
    const labels = targets.filter((t) => t >= 0).length;
    const { batch, length } = facts;
    return { batch, length, inputs: Int32Array.from(inputs), targets: Int32Array.from(targets), labels };
  });
  let source: OpenWeights;
  let published: OpenedAdapter;
  beforeAll(async () => {
    source = await opened(name, dtype);
    published = await adapterOf(name, source.model, await placed(name, 'adapter_model.safetensors'));
  });

  let weights: Weights;
  let adapter: Adapter;
  beforeEach(async () => {
    weights = await uploadFrozen(source.model, precision, source.read);
    adapter = await uploadAdapter(source.model, published.lora, published.tensors);
  });

  async function compareLogits(model: Model, expected: Float32Array): Promise<void> {
    const { input, dispose } = uploadBatch(batches[0]!, source.model);
    const logits = model.logits(input);
    expect(relativeError(await values(logits), expected)).toBeLessThan(2e-5);
    logits.dispose();
    dispose();
  }

  /**
   * Forty tokens take a software adapter a second: one number format shows them for the adapter beside the weights, the
   * other merged.
   */
  const inF32 = dtype === 'f32';

  test('logits and 40 greedy tokens, without the adapter and beside it', async () => {
    const [base, tuned] = [await golden('base'), await golden('adapted')];
    expect(relativeError(tuned, base)).toBeGreaterThan(0.1);
    const [plain, adapted] = [modelFor(source.model, weights), modelFor(source.model, weights, { adapter })];
    await compareLogits(plain, base);
    await compareLogits(adapted, tuned);
    if (inF32) {
      expect(await answer(plain, facts)).toEqual(facts.answers.base);
      expect(await answer(adapted, facts)).toEqual(facts.answers.adapted);
    }
    [weights, adapter.weights].forEach(disposeWeights);
  });

  test('the same with the adapter merged into the weights', async () => {
    const trained = new Map(published.tensors.map((t) => [t.name, floats(t)]));
    const lora = { ...published.lora, baseId: '', baseName: '', baseSha256: '', precision };
    const widthOf = (parameter: string): number => adapter.weights.get(parameter)!.shape[1]!;
    const read: OpenWeights['read'] = (parameter, row, rows) => {
      const width = widthOf(parameter);
      return Promise.resolve(trained.get(parameter)!.slice(row * width, (row + rows) * width));
    };
    const merged = await uploadWeights(source.model, tensorsOf({ ...source, adapter: { lora, read } }));
    const model = modelFor(source.model, merged);
    await compareLogits(model, await golden('adapted'));
    if (!inF32) expect(await answer(model, facts)).toEqual(facts.answers.adapted);
    [weights, merged, adapter.weights].forEach(disposeWeights);
  });

  test('loss, every gradient of the adapter, and five steps of AdamW', async () => {
    const adam: Partial<TrainSettings> = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 };
    const settings: TrainSettings = { ...defaultSettings(), ...adam, method: 'lora', optimizer: 'adamw' };
    const trainer = createTrainer(source.model, settings, weights, { adapter });
    const compare = async (prefix: string, role: string, scale: number): Promise<void> => {
      const state = await stateOf(trainer);
      const expected = await adapterOf(name, source.model, await placed(name, `${dtype}.goldens.safetensors`, prefix));
      for (const tensor of expected.tensors) {
        const ours = state.get(`${role} ${tensor.name}`)!.map((v) => v * scale);
        expect(relativeError(ours, floats(tensor)), `${prefix}${tensor.name}`).toBeLessThan(2e-4);
      }
    };
    for (const [step, { loss, gradNorm }] of facts.steps.entries()) {
      const result = await trainer.step([batches[step]!], facts.rate);
      expect(Math.abs(result.loss / loss - 1), `loss of step ${step}`).toBeLessThan(2e-5);
      expect(Math.abs(result.gradNorm / gradNorm - 1), `norm of step ${step}`).toBeLessThan(2e-4);
      // the first moment of the first update is a constant share of the gradient
      if (step === 0) await compare('gradient.', 'moment1', 1 / (1 - settings.beta1));
    }
    await compare('trained.', 'weight', 1);
    trainer.dispose();
  });
});
