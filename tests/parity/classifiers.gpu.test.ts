import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../src/base/batch';
import { defaultSettings, type TrainSettings } from '../../src/base/settings/trainSettings';
import { uploadAdapter } from '../../src/engine/models/adapter';
import type { Model } from '../../src/engine/models/model';
import { modelFor } from '../../src/engine/models/modelFor';
import { disposeWeights, uploadFrozen, uploadWeights } from '../../src/engine/models/weights';
import { createTrainer } from '../../src/engine/training/step';
import { uploadIds } from '../../src/engine/models/tokenInput';
import { writeHfConfig } from '../../src/formats/huggingFace/hfConfigWriting';
import { readHfConfig } from '../../src/formats/huggingFace/hfConfig';
import { trainedTensors } from '../../src/studio/models/loraTrainer';
import { adapterFolderOf, folderOf } from '../../src/studio/models/modelFolder';
import { keepAdapter } from '../../src/studio/models/openAdapter';
import { keepModel } from '../../src/studio/models/openModel';
import { openWeights, tensorsOf } from '../../src/studio/models/weights';
import { listCheckpoints } from '../../src/storage/checkpoints';
import { hashOf } from '../engine/fixture';
import { testEngine } from '../gpu';
import { lettersTokenizer } from '../letters';
import { freshStorage } from '../storage/storage';
import { values } from '../tensors';

// Text classifiers as transformers and PEFT save them, opened as the studio opens them, against what these and PyTorch
// make of them: tests/fixtures/classifiers.py.

const FAMILIES = ['gpt2', 'llama', 'qwen2', 'qwen3', 'gemma3'];

interface Facts {
  names: string[];
  several: boolean;
  weights: number[];
  labels: number[];
  severalLabels: number[][];
  rate: number;
  texts: number[][];
  logits: number[][];
  adapted: number[][];
  steps: { loss: number; gradNorm: number }[];
}

beforeAll(async () => void (await testEngine('quickest')));

const fileOf = (name: string, file: string): File =>
  new File([new Uint8Array(readFileSync(new URL(`../fixtures/classifiers/${name}/${file}`, import.meta.url)))], file);

async function opened(name: string) {
  const db = await freshStorage();
  const files = [fileOf(name, 'config.json'), fileOf(name, 'model.safetensors'), lettersTokenizer()];
  const record = await keepModel(db, await folderOf(files));
  return { db, record, source: await openWeights(db, record.id) };
}

async function logitsOf(model: Model, text: number[]): Promise<number[]> {
  const { input, dispose } = uploadIds(Int32Array.from(text), 1, text.length);
  const logits = model.logits(input);
  const all = [...(await values(logits))];
  logits.dispose();
  dispose();
  return all.slice(-model.shape.classes!.names.length);
}

function expectNear(found: number[], expected: number[]): void {
  found.forEach((logit, i) => expect(Math.abs(logit - expected[i]!)).toBeLessThan(1e-4));
}

const bitsOf = (row: number[]): number => row.reduce((bits, there, k) => bits + there * 2 ** k, 0);

/** All texts side by side; the label stands where the last token of a text is read. */
function batchOf({ texts, labels, severalLabels, several, weights }: Facts): TokenBatch {
  const length = Math.max(...texts.map((text) => text.length));
  const size = texts.length * length;
  const batch = { batch: texts.length, length, labels: texts.length };
  const [inputs, targets, counts] = [new Int32Array(size), new Int32Array(size).fill(-1), new Float32Array(size)];
  texts.forEach((text, row) => {
    inputs.set(text, row * length);
    const at = row * length + text.length - 1;
    targets[at] = several ? bitsOf(severalLabels[row]!) : labels[row]!;
    counts[at] = several ? 1 : weights[labels[row]!]!;
  });
  return { ...batch, inputs, targets, weights: counts };
}

describe.each(FAMILIES)('%s', (name) => {
  const facts = JSON.parse(
    readFileSync(new URL(`../fixtures/classifiers/${name}/facts.json`, import.meta.url), 'utf8'),
  ) as Facts;

  test('its folder opens with its classes, and its logits are those of transformers', async () => {
    const { source, record } = await opened(name);
    expect(record.model.classes).toEqual({ names: facts.names, ...(facts.several && { several: true }) });
    const weights = await uploadFrozen(source.model, 'f32', source.read);
    const model = modelFor(source.model, weights);
    for (const [i, text] of facts.texts.entries()) expectNear(await logitsOf(model, text), facts.logits[i]!);
    disposeWeights(weights);
    const written = writeHfConfig(source.model, { eos: [0], pad: 52 });
    expect(readHfConfig(written, 'config.json').model.classes).toEqual(source.model.classes);
  });

  test('an adapter of PEFT opens beside it, with the head that it was trained with', async () => {
    const { db, record } = await opened(name);
    const files = [fileOf(name, 'adapter_config.json'), fileOf(name, 'adapter_model.safetensors')];
    const run = await keepAdapter(db, record.id, await adapterFolderOf(files));
    expect(run.model.classes?.names).toEqual(facts.names);
    const [checkpoint] = await listCheckpoints(db, run.id);
    const source = await openWeights(db, checkpoint!.id);
    const base = await uploadFrozen(source.model, 'f32', source.read, true);
    const adapter = await uploadAdapter(source.model, source.adapter!.lora, trainedTensors(source.checkpoint!));
    const model = modelFor(source.model, base, { adapter });
    for (const [i, text] of facts.texts.entries()) expectNear(await logitsOf(model, text), facts.adapted[i]!);
    [base, adapter.weights].forEach(disposeWeights);
    const merged = await uploadWeights(source.model, tensorsOf(source));
    expectNear(await logitsOf(modelFor(source.model, merged), facts.texts[0]!), facts.adapted[0]!);
    disposeWeights(merged);
  });

  test('loss with weights of the classes, norm and steps of AdamW are those of PyTorch, replayed as eager', async () => {
    const { source } = await opened(name);
    const adam: Partial<TrainSettings> = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
    const settings: TrainSettings = { ...defaultSettings(), ...adam, task: 'classify', optimizer: 'adamw' };
    const hashes = [];
    for (const stepping of ['eager', 'replayed'] as const) {
      const options = { stepping, ...(facts.several && { positives: facts.weights }) };
      const trainer = createTrainer(
        source.model,
        settings,
        await uploadWeights(source.model, tensorsOf(source)),
        options,
      );
      const batch = batchOf(facts);
      const measured = await trainer.evaluate([batch]);
      for (const [step, { loss, gradNorm }] of facts.steps.entries()) {
        const found = await trainer.step([batch], facts.rate);
        expect(Math.abs(found.loss / loss - 1), `loss of step ${step}`).toBeLessThan(2e-5);
        expect(Math.abs(found.gradNorm / gradNorm - 1), `norm of step ${step}`).toBeLessThan(2e-4);
        if (step > 0) continue;
        expect(Math.abs(measured.loss / loss - 1)).toBeLessThan(2e-5);
        expect([found.accuracy, found.labels]).toEqual([measured.accuracy, facts.texts.length]);
        expect(found.accuracy).toBe(
          facts.logits.filter((row, i) => isRight(facts, row, i)).length / facts.texts.length,
        );
      }
      hashes.push(await hashOf(trainer));
      trainer.dispose();
    }
    expect(hashes[0]).toBe(hashes[1]);
  });
});

const isRight = ({ several, labels, severalLabels }: Facts, row: number[], i: number): boolean =>
  several ? row.every((x, k) => x > 0 === (severalLabels[i]![k] === 1)) : row.indexOf(Math.max(...row)) === labels[i];
