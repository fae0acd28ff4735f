// Runs on a base that gives no finite loss, on the CPU: what is told of it at its import, at the start and in the run.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { errorWords } from '../../../src/app/words/errorWords';
import { AtelierError, isErrorCode } from '../../../src/base/errors/errors';
import type { ModelRecord } from '../../../src/base/records/model';
import type { RunRecord } from '../../../src/base/records/run';
import { defaultSettings, type TrainSettings } from '../../../src/base/settings/trainSettings';
import { fromFloat32 } from '../../../src/formats/floats';
import type { AtelierDb } from '../../../src/storage/db';
import type { ComputeStudio } from '../../../src/studio/computeStudio';
import { importText } from '../../../src/studio/data/importData';
import { prepare } from '../../../src/studio/data/prepare';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { ownPrecision } from '../../../src/studio/models/weights';
import type { Header } from '../models/hostile';
import { ROOT } from '../models/publishedModels';
import { closeOnCpu, openOnCpu } from '../startOnCpu';

let db: AtelierDb;
let studio: ComputeStudio;
let told: RunRecord[];

beforeEach(async () => {
  ({ db, studio, told } = await openOnCpu());
});
afterEach(async () => {
  await closeOnCpu(studio);
});

const UP = 'model.layers.0.mlp.up_proj.weight';
/** The small SmolLM2 whose BF16 tensor `name` has one other number, or all of them multiplied. */
async function modelWith(change: (values: Uint16Array) => void, name = UP): Promise<ModelRecord> {
  const read = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(ROOT, file)));
  const bytes = read('smol/model.safetensors');
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(Buffer.from(bytes.slice(8, 8 + length)).toString()) as Header;
  const [start, end] = header[name]!.data_offsets;
  const values = new Uint16Array(bytes.slice(8 + length + start, 8 + length + end).buffer);
  change(values);
  bytes.set(new Uint8Array(values.buffer), 8 + length + start);
  return keepModel(
    db,
    await folderOf([
      new File([read('smol/config.json')], 'config.json'),
      new File([read('tokenizer.json')], 'tokenizer.json'),
      new File([bytes], 'model.safetensors'),
    ]),
  );
}
const brain = (value: number): number =>
  new Uint16Array(fromFloat32(Float32Array.of(value), 'BF16').slice().buffer)[0]!;
const one = (value: number) => (values: Uint16Array) => void (values[5] = brain(value));

const ROWS = Array.from({ length: 30 }, (_, i) => `Row ${i} says that the fox sat on box ${i * 7}.`);

/** A run on the model, at its end. */
async function ended(model: ModelRecord, patch: Partial<TrainSettings>): Promise<RunRecord> {
  const { id } = await importText(db, 't', ROWS.join('\n\n'));
  const { tokenizerId } = model;
  const prepared = await prepare(db, { datasetIds: [id], tokenizerId, seed: 1, validationShare: 0.1 });
  const quiet = { sampleEvery: 0, saveEverySteps: 0, saveEveryMinutes: 0 };
  const size = { contextLength: 8, batchSize: 2, steps: 2, validationBatches: 1 };
  await studio.start({
    name: 'r',
    start: { kind: 'weights', weightsId: model.id },
    preparedId: prepared.id,
    tokenizerId,
    settings: { ...defaultSettings(), ...quiet, ...size, method: 'lora', ...patch },
  });
  return vi.waitFor(
    () => told.find(({ status }) => !['running', 'paused'].includes(status)) ?? Promise.reject(new Error()),
    9000,
  );
}

function wordsOf({ code, facts }: NonNullable<RunRecord['error']>): string {
  if (!isErrorCode(code)) throw new Error(code);
  const error = new AtelierError(code, facts);
  return errorWords(error, 'en') + errorWords(error, 'zh');
}

test('a weight that halves cannot hold is told at import; 16 bits are refused at the start, 32 train', async () => {
  const model = await modelWith(one(1e6));
  const facts = { tensor: 'layers.0.gateUp', found: '999424', limit: 65_504 };
  expect(model.notices).toEqual([{ code: 'base-beyond-halves', facts }]);
  expect(ownPrecision(model)).toBe('f32');
  for (const frozenPrecision of ['f16', 'q8', 'q4'] as const)
    await expect(ended(model, { frozenPrecision })).rejects.toMatchObject({ code: 'base-beyond-halves', facts });
  expect(await db.count('runs')).toBe(0);
  expect((await ended(model, { frozenPrecision: 'f32' })).status).toBe('finished');
});

test('the same weight in a record of an earlier version is found when the loss is not finite', async () => {
  const { notices: _, ...record } = await modelWith(one(1e6));
  await db.put('models', record);
  const { status, error } = await ended(record, { frozenPrecision: 'f16' });
  expect([status, error?.code, error?.facts['tensor']]).toEqual(['failed', 'base-beyond-halves', 'layers.0.gateUp']);
  expect(wordsOf(error!)).toMatch(/32 bits.*32 位/);
});

test.each([NaN, -Infinity])('%d in a file is told at import, and named when the loss is not finite', async (value) => {
  const model = await modelWith(one(value), 'model.layers.1.self_attn.k_proj.weight');
  const facts = { tensor: 'layers.1.qkv', found: String(value) };
  expect(model.notices).toEqual([{ code: 'weights-not-finite', facts }]);
  const { status, error } = await ended(model, { frozenPrecision: 'f32' });
  expect([status, error]).toMatchObject(['failed', { code: 'base-not-finite', facts }]);
  expect(wordsOf(error!)).not.toMatch(/\{\w+\}|learning rate|diverged/);
});

test('finite weights whose products overflow are told apart from both', async () => {
  const model = await modelWith((values) => values.fill(brain(3e38)), 'model.norm.weight');
  const { error } = await ended(model, { frozenPrecision: 'f32' });
  expect(error).toMatchObject({ code: 'base-overflows', facts: { what: 'validation loss' } });
});

test('a good model has no notice', async () => {
  expect((await modelWith(() => undefined)).notices).toBeUndefined();
});
