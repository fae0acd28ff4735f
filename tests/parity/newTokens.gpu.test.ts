import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import { fromBytes } from '../../src/base/numbers/asyncBuffer';
import { grownShape, loraSpecs, tokenRowsName, type LoraShape } from '../../src/base/lora';
import type { ModelShape } from '../../src/base/modelShape';
import type { FrozenPrecision } from '../../src/base/records/model';
import type { ReadParameterRows, TensorData } from '../../src/base/numbers/tensorData';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import { createGenerator } from '../../src/engine/generation/decoder';
import { uploadAdapter } from '../../src/engine/models/adapter';
import { disposeWeights, uploadFrozen, uploadWeights } from '../../src/engine/models/weights';
import { modelFor } from '../../src/engine/models/modelFor';
import { createTrainer, type Stepping, type Trainer } from '../../src/engine/training/step';
import { readAdapterConfig } from '../../src/formats/adapters/peftConfig';
import { adapterParameters, openAdapter } from '../../src/formats/adapters/peftReading';
import type { PlacedTensor } from '../../src/formats/huggingFace/shards';
import { readSafetensors } from '../../src/formats/huggingFace/safetensors';
import { initialTokenRows, withoutRows } from '../../src/studio/models/tokenRows';
import { folderOf } from '../../src/studio/models/modelFolder';
import { keepModel } from '../../src/studio/models/openModel';
import { openWeights, tensorsOf, type OpenWeights } from '../../src/studio/models/weights';
import { hashOf, stateOf } from '../engine/fixture';
import { testEngine } from '../gpu';
import { lettersTokenizer } from '../letters';
import { freshStorage } from '../storage/storage';
import { relativeError } from '../tensors';

// New tokens beside an adapter, as transformers, peft and PyTorch train them: tests/fixtures/new_tokens.py. Of qwen2 they
// take spare rows, of the others new ones; llama has a head of its own.

const FAMILIES = ['gpt2', 'llama', 'qwen2', 'gemma3'];

interface Facts {
  first: number;
  count: number;
  batch: number;
  length: number;
  rate: number;
  steps: { loss: number; gradNorm: number; inputs: number[]; targets: number[] }[];
  logits: number[];
}

beforeAll(async () => void (await testEngine('quickest')));

const fileOf = (path: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)));

async function base(name: string): Promise<OpenWeights> {
  const files = [
    new File([fileOf(`families/${name}/config.json`)], 'config.json'),
    new File([fileOf(`families/${name}/f32.safetensors`)], 'model.safetensors'),
    lettersTokenizer(),
  ];
  const db = await freshStorage();
  return openWeights(db, (await keepModel(db, await folderOf(files))).id);
}

/** An adapter of peft in our parameters. */
async function adapterIn(name: string, file: string, model: ModelShape) {
  const config = new TextDecoder().decode(fileOf(`new_tokens/${name}/adapter_config.json`));
  const buffer = fromBytes(fileOf(`new_tokens/${name}/${file}.safetensors`));
  const { tensors } = await readSafetensors(buffer, file);
  const placed = tensors.map((t): PlacedTensor => ({ ...t, buffer, file }));
  const adapter = openAdapter(model, readAdapterConfig(config, 'adapter_config.json'), placed, file);
  const parameters: TensorData[] = [];
  for await (const { name, values } of adapterParameters(model, adapter))
    parameters.push({ name, dtype: 'F32', shape: [values.length], bytes: new Uint8Array(values.slice().buffer) });
  return { lora: adapter.lora, parameters };
}

const floats = ({ bytes }: TensorData): Float32Array => new Float32Array(bytes.slice().buffer);

const batchOf = ({ batch, length }: Facts, { inputs, targets }: Facts['steps'][number]): TokenBatch => {
  const labels = targets.filter((t) => t >= 0).length;
  return { batch, length, inputs: Int32Array.from(inputs), targets: Int32Array.from(targets), labels };
};

const settingsOf = (facts: Facts, frozenPrecision: FrozenPrecision): TrainSettings => ({
  ...defaultSettings(),
  ...{ method: 'lora', frozenPrecision, optimizer: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8 },
  ...{ weightDecay: 0.1, clipNorm: 1, learningRate: facts.rate },
});

describe.each(FAMILIES)('%s', (name) => {
  const facts = JSON.parse(new TextDecoder().decode(fileOf(`new_tokens/${name}/facts.json`))) as Facts;
  let source: OpenWeights;
  let model: ModelShape;
  let begun: { lora: LoraShape; parameters: TensorData[] };
  beforeAll(async () => {
    source = await base(name);
    begun = await adapterIn(name, 'start', source.model);
    model = grownShape(source.model, begun.lora.tokens!);
  });

  const specs = (lora: LoraShape) => new Map(loraSpecs(model, lora).map((spec) => [spec.name, spec]));

  async function trainer(precision: FrozenPrecision = 'f32', stepping: Stepping = 'replayed'): Promise<Trainer> {
    const frozen = await uploadFrozen(source.model, precision, withoutRows(source.read, begun.lora.tokens!), true);
    const adapter = await uploadAdapter(model, begun.lora, begun.parameters);
    return createTrainer(model, settingsOf(facts, precision), frozen, { adapter, stepping });
  }

  test('five steps: losses, norms, every A and B and the rows are those of peft', async () => {
    const ours = await trainer();
    for (const [step, { loss, gradNorm, ...ids }] of facts.steps.entries()) {
      const found = await ours.step([batchOf(facts, { loss, gradNorm, ...ids })], facts.rate);
      expect(Math.abs(found.loss / loss - 1), `loss of step ${step}`).toBeLessThan(1e-5);
      expect(Math.abs(found.gradNorm / gradNorm - 1), `norm of step ${step}`).toBeLessThan(2e-4);
    }
    const state = await stateOf(ours);
    const trained = await adapterIn(name, 'adapter_model', source.model);
    const names = trained.parameters.map((tensor) => tensor.name);
    expect(names.filter((n) => n.endsWith('.rows'))).toEqual(
      name === 'llama' ? ['embedding.rows', 'head.rows'] : ['embedding.rows'],
    );
    for (const tensor of trained.parameters)
      expect(relativeError(state.get(`weight ${tensor.name}`)!, floats(tensor)), tensor.name).toBeLessThan(2e-4);
    expect([...state.keys()].filter((key) => key.startsWith('weight'))).toHaveLength(names.length);
    ours.dispose();
  });

  test('the logits with the trained rows are those of peft, beside the base and merged into it', async () => {
    const { lora, parameters } = await adapterIn(name, 'adapter_model', source.model);
    const frozen = await uploadFrozen(source.model, 'f32', source.read, true); // as Chat has it: nothing is left out
    const adapter = await uploadAdapter(model, lora, parameters);
    const prompt = facts.steps[0]!.inputs.slice(-facts.length);
    const beside = createGenerator(modelFor(model, frozen, { adapter }), 64);
    const near = async (found: Promise<Float32Array>): Promise<void> => {
      const logits = await found;
      expect(logits).toHaveLength(model.vocabSize);
      facts.logits.forEach((logit, i) => expect(Math.abs(logits[i]! - logit)).toBeLessThan(1e-4));
    };
    await near(beside.prefill(prompt));
    beside.dispose();
    [frozen, adapter.weights].forEach(disposeWeights);
    const read: ReadParameterRows = (parameter, row, rows) => {
      const [of, all] = [specs(lora).get(parameter)!, floats(parameters.find((p) => p.name === parameter)!)];
      return Promise.resolve(new Float32Array(all.slice(row * of.shape[1]!, (row + rows) * of.shape[1]!)));
    };
    const adaptation = { ...lora, baseId: '', baseName: '', baseSha256: '', precision: 'f32' as const };
    const merged = await uploadWeights(model, tensorsOf({ ...source, model, adapter: { lora: adaptation, read } }));
    const whole = createGenerator(modelFor(model, merged), 64);
    await near(whole.prefill(prompt));
    whole.dispose();
    disposeWeights(merged);
  });

  test.each(['eager', 'replayed'] as const)('%s steps give the same bits, beside 8 bits too', async (stepping) => {
    const [one, two] = [await trainer('q8', 'eager'), await trainer('q8', stepping)];
    for (const ids of facts.steps.slice(0, 3)) {
      await one.step([batchOf(facts, ids)], facts.rate);
      await two.step([batchOf(facts, ids)], facts.rate);
    }
    expect(await hashOf(two)).toBe(await hashOf(one));
    [one, two].forEach((t) => t.dispose());
  });

  test('rows begin as the mean of those before', async () => {
    const rows = await initialTokenRows(source, model, begun.lora.tokens!);
    for (const tensor of rows) {
      const start = begun.parameters.find((p) => p.name === tensor.name)!;
      expect(relativeError(floats(tensor), floats(start)), tensor.name).toBeLessThan(1e-5);
    }
    expect(rows.map((tensor) => tensor.name)).toContain(tokenRowsName('embedding'));
  });
});
