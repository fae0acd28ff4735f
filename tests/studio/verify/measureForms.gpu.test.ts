import { beforeAll, expect, test } from 'vitest';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import type { Progress } from '../../../src/base/wire/events';
import type { FormKind, FormsOfWeights } from '../../../src/base/wire/forms';
import { exportForms } from '../../../src/studio/export/exportForms';
import { exportModel } from '../../../src/studio/export/exportModel';
import { hasStatus, StudioOnGpu, watchedDevices } from '../studioOnGpu';
import { publishedModel } from '../models/publishedModels';

/** Rows of whole blocks, so that 8 bits are written as such. */
const MODEL = {
  ...{ hiddenSize: 32, intermediateSize: 64, layers: 1, heads: 2, kvHeads: 1, headDim: 16 },
  ...{ contextLength: 16, ropeTheta: 10_000, normEps: 1e-5 },
};

let on: StudioOnGpu;
let id: string;
let recorded: number;
beforeAll(async () => {
  watchedDevices();
  on = await StudioOnGpu.open();
  const { preparedId, tokenizerId, vocabSize } = on;
  const size = { contextLength: 16, batchSize: 2, steps: 6, learningRate: 5e-3, sampleEvery: 0 };
  const start = { kind: 'scratch', model: { ...MODEL, vocabSize } } as const;
  const run = await on.studio.start({
    ...{ name: 'r', start, preparedId, tokenizerId },
    settings: { ...defaultSettings(), ...size },
  });
  await on.until(hasStatus('finished'));
  const manifest = await on.manifestOf(run.id);
  [id, recorded] = [manifest.id, manifest.validationLoss!];
});

const lossesOf = ({ forms }: FormsOfWeights): Partial<Record<FormKind, number>> =>
  Object.fromEntries(forms.flatMap(({ kind, measured }) => (measured ? [[kind, measured.loss]] : [])));

test('a form is measured on the rows that the run held out: in f32 it has the loss of the run, in 8 bits another', async () => {
  const before = await exportForms(on.db, id);
  expect(before).toMatchObject({ recorded, context: 16 });
  expect(before.unmeasurable).toBeUndefined();
  expect(lossesOf(before)).toEqual({});
  const kinds = before.forms.map(({ kind }) => kind);
  expect(kinds).toEqual(['safetensors', 'gguf-f16', 'gguf-q8', 'gguf-q4-k-m', 'gguf-q4']);

  // what was measured before a cancel stays, and the rest is measured later
  const cancel = new AbortController();
  const amid = ({ done, total }: Progress): void => {
    if (3 * done > total) cancel.abort();
  };
  await expect(on.studio.measureForms(id, kinds, amid, cancel.signal)).rejects.toMatchObject({ code: 'cancelled' });
  expect(Object.keys(lossesOf(await exportForms(on.db, id)))).toEqual(['safetensors']);
  const told: Progress[] = [];
  const rest = kinds.slice(1);
  await on.studio.measureForms(id, rest, (progress) => told.push(progress), new AbortController().signal);
  expect(told.at(-1)!.done).toBe(told.at(-1)!.total);

  const { safetensors, 'gguf-f16': half, 'gguf-q8': byte } = lossesOf(await exportForms(on.db, id));
  expect(safetensors).toBeCloseTo(recorded, 5);
  expect(half).not.toBe(safetensors);
  expect(half).toBeCloseTo(recorded, 3);
  expect(Math.abs(byte! - recorded)).toBeGreaterThan(Math.abs(half! - recorded));
  expect(byte).toBeCloseTo(recorded, 1);
});

test('sizes are those of the files, guide included', async () => {
  const guides = { safetensors: '# How to run it\n' };
  const { forms } = await exportForms(on.db, id, guides);
  for (const { kind, bytes } of forms) {
    const guide = kind === 'safetensors' ? guides.safetensors : undefined;
    expect(bytes, kind).toBe((await exportModel(on.db, id, kind, { ...(guide && { guide }) })).bytes);
  }
  // keys and values · layers · heads · width · context · bytes
  const cache = 2 * 1 * 1 * 16 * 16;
  expect(forms.map(({ kind, cacheBytes }) => [kind, cacheBytes])).toEqual([
    ['safetensors', 4 * cache],
    ['gguf-f16', 2 * cache],
    ['gguf-q8', 2 * cache],
    ['gguf-q4-k-m', 2 * cache],
    ['gguf-q4', 2 * cache],
  ]);
});

test('a stored model has no held-out rows here', async () => {
  const { id: modelId } = await publishedModel(on.db);
  const { forms, unmeasurable } = await exportForms(on.db, modelId);
  expect(unmeasurable).toBe('no-run');
  expect(forms.map(({ kind, precision }) => [kind, precision])).toEqual([
    ['safetensors', 'BF16'],
    ['gguf-f16', 'F16'],
    ['gguf-q8', 'Q8_0'],
    ['gguf-q4-k-m', 'Q4_K_M'],
    ['gguf-q4', 'Q4_0'],
  ]);
});
