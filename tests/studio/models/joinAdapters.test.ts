import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ModelRecord } from '../../../src/base/records/model';
import { loraSpecs } from '../../../src/base/lora';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { getRun, deleteRun } from '../../../src/storage/runs';
import { exportModel } from '../../../src/studio/export/exportModel';
import { joinAdapters } from '../../../src/studio/models/joinAdapters';
import { adapterFolderOf } from '../../../src/studio/models/modelFolder';
import { adaptationOf } from '../../../src/studio/models/loraTrainer';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { relativeError } from '../../tensors';
import { testCpu } from '../../cpu';
import { freshStorage } from '../../storage/storage';
import { familyModel, LORA, publishedModel, TEMPLATE, tunedModel } from './publishedModels';

// Adapters and their sum as peft's add_weighted_adapter makes it, `cat` (tests/fixtures/joined.py).

interface Golden {
  prompt: number[];
  weights: [number, number];
  base: number[];
  joined: number[];
}

const JOINED = join(import.meta.dirname, '../../fixtures/joined');
const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(join(JOINED, name, 'golden.json'), 'utf8')) as Golden;

async function opened(db: AtelierDb, base: ModelRecord, folder: string): Promise<string> {
  const names = readdirSync(join(JOINED, folder));
  const files = names.map((name) => new File([new Uint8Array(readFileSync(join(JOINED, folder, name)))], name));
  const run = await keepAdapter(db, base.id, await adapterFolderOf(files));
  return weightsOf(db, run.id);
}

const weightsOf = async (db: AtelierDb, runId: string): Promise<string> => (await listCheckpoints(db, runId))[0]!.id;

/** Logits after the prompt, with the adapter merged into the weights. */
async function logitsOf(db: AtelierDb, id: string, prompt: number[]): Promise<Float32Array> {
  const weights = await openWeights(db, id);
  return withModel(weights.model, tensorsOf(weights), async (generator) =>
    Float32Array.from(await generator.prefill(prompt)),
  );
}

/** The numbers of an adapter as it is stored. */
async function valuesOf(db: AtelierDb, id: string): Promise<Record<string, number[]>> {
  const { model, adapter } = await openWeights(db, id);
  const { lora, read } = adapter!;
  const values: Record<string, number[]> = {};
  for (const { name, shape } of loraSpecs(model, lora))
    values[name] = Array.from(await read(name, 0, shape[0]!), (x) => x + 0); // peft has zeros below zero
  return values;
}

let db: AtelierDb;
beforeAll(async () => void (await testCpu()));
beforeEach(async () => (db = await freshStorage()));

describe.each([
  ['plain', { rank: 5, targets: ['q', 'k', 'v', 'gate', 'up', 'down'] }],
  ['patterns', { rank: 7, targets: ['q', 'o', 'down'] }],
])('two adapters that peft joins: %s', (name, lora) => {
  test('the sum has the logits of peft’s, and is stored as an adapter of its own', async () => {
    const { prompt, weights, base, joined } = goldenOf(name);
    const smol = await familyModel(db, 'smol');
    const ids = [await opened(db, smol, `${name}/first`), await opened(db, smol, `${name}/second`)];
    const run = await joinAdapters(
      db,
      'both',
      ids.map((weightsId, i) => ({ weightsId, weight: weights[i]! })),
    );
    expect(run).toMatchObject({ name: 'both', status: 'imported', lora: { ...lora, alpha: lora.rank, dropout: 0 } });
    expect(run.origin).toMatchObject({ kind: 'joined', parts: [{ weight: weights[0] }, { weight: weights[1] }] });
    const logits = await logitsOf(db, await weightsOf(db, run.id), prompt);
    expect(relativeError(joined, base)).toBeGreaterThan(0.1);
    expect(relativeError(logits, joined)).toBeLessThan(1e-5);
  });
});

test('the numbers are those of peft’s file, bit for bit, and leave in a file as peft writes it', async () => {
  const { weights } = goldenOf('plain');
  const smol = await familyModel(db, 'smol');
  const ids = [await opened(db, smol, 'plain/first'), await opened(db, smol, 'plain/second')];
  const run = await joinAdapters(
    db,
    'both',
    ids.map((weightsId, i) => ({ weightsId, weight: weights[i]! })),
  );
  const id = await weightsOf(db, run.id);
  expect(await valuesOf(db, id)).toEqual(await valuesOf(db, await opened(db, smol, 'plain/cat')));
  const { blob, fileName } = await exportModel(db, id, 'peft');
  expect(fileName).toBe('both-peft.zip');
  const back = await keepAdapter(db, smol.id, await adapterFolderOf([new File([blob!], fileName)]));
  expect(back.lora).toMatchObject({ rank: 5, alpha: 5, rankStabilized: false });
  expect(await valuesOf(db, await weightsOf(db, back.id))).toEqual(await valuesOf(db, id));
});

test('a joined adapter goes where any adapter goes, and needs none of those that it was made of', async () => {
  const base = await publishedModel(db);
  const weightsIds = [await tunedModel(db, base), await tunedModel(db, base, 's')];
  const chosen = weightsIds.map((weightsId) => ({ weightsId, weight: 0.5 }));
  const run = await joinAdapters(db, 'both', chosen);
  expect(run.origin).toEqual({
    kind: 'joined',
    parts: weightsIds.map((checkpointId) => ({ name: 'fables', weight: 0.5, checkpointId, step: 7 })),
  });
  await deleteRun(db, 'r');
  expect(await getRun(db, run.id)).toEqual(run);
  const id = await weightsOf(db, run.id);
  const next = adaptationOf({ ...defaultSettings(), method: 'lora' }, await openWeights(db, id));
  expect(next).toMatchObject({ rank: 2 * LORA.rank, alpha: 2 * LORA.rank, targets: LORA.targets, baseId: base.id });
  const lora = await exportModel(db, id, 'gguf-lora');
  expect([lora.fileName.endsWith('both-v1.0-F32-LoRA.gguf'), lora.fileName]).toEqual([true, lora.fileName]);
  const zip = new Uint8Array(await (await exportModel(db, id, 'peft')).blob!.arrayBuffer());
  expect(new TextDecoder().decode(zip)).toContain('added up of 0.5 × “fables, step 7” and 0.5 × “fables, step 7”');
});

test('of an adapter at 0 nothing is taken: half of the other alone remains', async () => {
  const base = await publishedModel(db);
  const [first, second] = [await tunedModel(db, base), await tunedModel(db, base, 's')];
  const run = await joinAdapters(db, 'half', [
    { weightsId: first, weight: 0.5 },
    { weightsId: second, weight: 0 },
  ]);
  expect(run.lora).toMatchObject({ rank: LORA.rank });
  const [before, after] = [await valuesOf(db, first), await valuesOf(db, await weightsOf(db, run.id))];
  // a rank-stabilized alpha of 6 at rank 4 is a scale of 3
  expect(after['layers.0.down.loraA']).toEqual(
    before['layers.0.down.loraA']!.map((x) => Math.fround(Math.fround(x * 0.5) * 3)),
  );
  expect(after['layers.0.down.loraB']).toEqual(before['layers.0.down.loraB']);
});

describe('adapters that cannot be added up are refused by name', () => {
  const at = (weightsId: string, weight = 1) => ({ weightsId, weight });

  test('those of other bases, and weights without an adapter', async () => {
    const [base, other] = [await publishedModel(db), await familyModel(db, 'llama')];
    const [first, second] = [await tunedModel(db, base), await tunedModel(db, other, 's')];
    await expect(joinAdapters(db, 'x', [at(first), at(second)])).rejects.toMatchObject({
      code: 'together-base',
      facts: { name: 'fables', base: base.name, other: other.name },
    });
    await expect(joinAdapters(db, 'x', [at(first), at(base.id)])).rejects.toMatchObject({
      code: 'together-none',
      facts: { name: base.name },
    });
  });

  test('none at all, and more ranks than an adapter can have', async () => {
    const base = await publishedModel(db);
    const wide = { ...LORA, rank: 96, targets: ['q' as const] };
    const ids = [];
    for (const run of ['r', 's', 't']) ids.push(await tunedModel(db, base, run, { adapter: wide }));
    await expect(joinAdapters(db, 'x', [at(ids[0]!, 0)])).rejects.toMatchObject({ code: 'together-nothing' });
    await expect(
      joinAdapters(
        db,
        'x',
        ids.map((id) => at(id)),
      ),
    ).rejects.toMatchObject({
      code: 'together-rank',
      facts: { rank: 288, most: 256 },
    });
  });

  test('one that trained other weights beside it', async () => {
    const base = await publishedModel(db);
    const whole = await tunedModel(db, base);
    const manifest = (await db.get('checkpoints', whole))!;
    const tensors = manifest.tensors.map((t, i) => (i === 0 ? { ...t, name: 'score' } : t));
    await db.put('checkpoints', { ...manifest, tensors });
    await expect(joinAdapters(db, 'x', [at(whole)])).rejects.toMatchObject({
      code: 'together-parts',
      facts: { name: 'fables', tensor: 'score' },
    });
  });
});

test('of two chat templates the first is written, and that is told', async () => {
  const base = await publishedModel(db, false);
  const [first, second] = [await tunedModel(db, base), await tunedModel(db, base, 's')];
  const manifest = (await db.get('checkpoints', second))!;
  await db.put('checkpoints', { ...manifest, lora: { ...manifest.lora!, chatTemplate: TEMPLATE } });
  const at = (weightsId: string) => ({ weightsId, weight: 1 });
  expect(await joinAdapters(db, 'x', [at(first), at(first)])).not.toHaveProperty('notice');
  const run = await joinAdapters(db, 'x', [at(second), at(first)]);
  expect(run).toMatchObject({ notice: { code: 'together-templates' }, lora: { chatTemplate: TEMPLATE } });
});
