import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fromBlob } from '../../../src/base/numbers/asyncBuffer';
import { AtelierError } from '../../../src/base/errors/errors';
import { loraTargets } from '../../../src/base/lora';
import type { ModelRecord } from '../../../src/base/records/model';
import type { RunRecord } from '../../../src/base/records/run';
import { createGenerator } from '../../../src/engine/generation/decoder';
import { modelFor } from '../../../src/engine/models/modelFor';
import { argmax } from '../../../src/engine/generation/sample';
import { disposeWeights, uploadFrozen } from '../../../src/engine/models/weights';
import { listZip } from '../../../src/formats/zip';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import type { AtelierDb } from '../../../src/storage/db';
import { deleteRun, listRuns, restoreRun } from '../../../src/storage/runs';
import { adaptationOf, uploadedAdapter } from '../../../src/studio/models/loraTrainer';
import { exportModel } from '../../../src/studio/export/exportModel';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { adapterFolderOf, folderOf } from '../../../src/studio/models/modelFolder';
import { isCalled, keepAdapter } from '../../../src/studio/models/openAdapter';
import { pretrainedModel as publishedOf } from '../../../src/studio/models/pretrained';
import { chatModelFacts } from '../../../src/studio/chat/speakerFacts';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { relativeError } from '../../tensors';
import { testCpu } from '../../cpu';
import { freshStorage } from '../../storage/storage';
import { familyModel, LORA, publishedModel, TEMPLATE, tunedModel } from './publishedModels';

// Adapters as peft writes them (tests/fixtures/foreign.py), opened beside their bases, against what peft makes of them.

interface Golden {
  prompt: number[];
  greedy: number[];
  base: number[];
  adapted: number[];
}

const FOREIGN = join(import.meta.dirname, '../../fixtures/foreign');
const goldenOf = (name: string): Golden =>
  JSON.parse(readFileSync(join(FOREIGN, name, 'golden.json'), 'utf8')) as Golden;

/** The files of an adapter, with other contents or more files where they are given. */
function filesOf(name: string, others: Record<string, string> = {}): File[] {
  const names = readdirSync(join(FOREIGN, name)).filter((file) => file.startsWith('adapter_') && !(file in others));
  const texts = Object.entries(others).map(([file, text]) => new File([text], file));
  return [...names.map((file) => new File([new Uint8Array(readFileSync(join(FOREIGN, name, file)))], file)), ...texts];
}

/** Its configuration with some fields changed. */
function changed(name: string, fields: object): Record<string, string> {
  const text = readFileSync(join(FOREIGN, name, 'adapter_config.json'), 'utf8');
  return { 'adapter_config.json': JSON.stringify({ ...(JSON.parse(text) as object), ...fields }) };
}

const opened = async (db: AtelierDb, base: ModelRecord, files: File[]): Promise<RunRecord> =>
  keepAdapter(db, base.id, await adapterFolderOf(files));

const weightsOf = async (db: AtelierDb, run: RunRecord): Promise<string> => (await listCheckpoints(db, run.id))[0]!.id;

/** Greedy tokens and the logits before the first, with the adapter merged into the weights. */
async function merged(db: AtelierDb, id: string, { prompt, greedy }: Pick<Golden, 'prompt' | 'greedy'>) {
  const weights = await openWeights(db, id);
  return withModel(weights.model, tensorsOf(weights), async (generator) => {
    const logits = Float32Array.from(await generator.prefill(prompt));
    const ids = [argmax(logits)];
    while (ids.length < greedy.length) ids.push(argmax(await generator.next(ids.at(-1)!)));
    return { logits, ids };
  });
}

let db: AtelierDb;
beforeAll(async () => void (await testCpu()));
beforeEach(async () => (db = await freshStorage()));

describe.each([
  ['gpt2', { rank: 3, alpha: 7, rankStabilized: true }, undefined],
  ['smol', { rank: 3, alpha: 5, rankStabilized: true, targets: ['q', 'k', 'v', 'down'] }, undefined],
  ['llama', { rank: 7, alpha: 9, targets: ['q', 'k', 'v', 'down'] }, [2, 7]],
  ['qwen3', { rank: 3, alpha: 4, targets: ['q', 'o', 'up'] }, [0, 3]],
])('an adapter of peft beside %s', (name, lora, ranks) => {
  const golden = goldenOf(name);

  test('has peft’s logits and its 40 greedy tokens, merged, and beside the weights as a run has it', async () => {
    const run = await opened(db, await familyModel(db, name), filesOf(name));
    expect(run).toMatchObject({ status: 'imported', origin: { kind: 'imported' }, lora });
    expect(run.origin.kind === 'imported' && run.origin.ranks).toEqual(ranks);
    const id = await weightsOf(db, run);
    const { logits, ids } = await merged(db, id, golden);
    expect(relativeError(golden.adapted, golden.base)).toBeGreaterThan(0.1);
    expect(relativeError(logits, golden.adapted)).toBeLessThan(2e-5);
    expect(ids).toEqual(golden.greedy);

    const source = await openWeights(db, id);
    const weights = await uploadFrozen(source.model, 'f32', source.read);
    const adapter = await uploadedAdapter(source, source.adapter!.lora, 0);
    const generator = createGenerator(modelFor(source.model, weights, { adapter }));
    expect(relativeError(await generator.prefill(golden.prompt), golden.adapted)).toBeLessThan(2e-5);
    generator.dispose();
    [weights, adapter.weights].forEach(disposeWeights);
  });

  test('leaves as PEFT again, and comes back as it was', async () => {
    const base = await familyModel(db, name);
    const id = await weightsOf(db, await opened(db, base, filesOf(name)));
    const { blob, fileName } = await exportModel(db, id, 'peft');
    expect(fileName).not.toContain('step');
    const back = await opened(db, base, [new File([blob!], fileName)]);
    expect((await merged(db, await weightsOf(db, back), golden)).ids).toEqual(golden.greedy);
    expect(back.lora).toMatchObject({ ...lora, baseId: base.id });
  });
});

test.each(['smol', 'gpt2'])('our own PEFT folder, brought back, is the adapter bit for bit: %s', async (family) => {
  const base = await familyModel(db, family);
  const tuned = await tunedModel(db, base, 'r', { adapter: { ...LORA, rank: 3, targets: loraTargets(base.model) } });
  const { blob, fileName } = await exportModel(db, tuned, 'peft');
  const run = await opened(db, base, [new File([blob!], fileName)]);
  const [before] = await listCheckpoints(db, 'r');
  const [after] = await listCheckpoints(db, run.id);
  expect(after!.weightsSha256).toBe(before!.weightsSha256);
  expect(run).toMatchObject({ name: 'fables-step7-peft', lora: { rank: 3, rankStabilized: true } });
  expect(run.notice).toBeUndefined();
  const said = { prompt: goldenOf(family).prompt, greedy: goldenOf(family).greedy };
  expect(await merged(db, after!.id, said)).toEqual(await merged(db, before!.id, said));
});

describe('an adapter that was opened', () => {
  test('brings the way in which it learned conversations, and the next run keeps it', async () => {
    const base = await publishedModel(db, false);
    const run = await opened(db, base, filesOf('smol', { 'chat_template.jinja': TEMPLATE, 'README.md': '# Foxes' }));
    expect(run.name).toBe('Foxes');
    expect(await chatModelFacts(db, run.id)).toMatchObject({ template: 'own', conversational: true });
    expect((await chatModelFacts(db, base.id)).conversational).toBe(false);
    const id = await weightsOf(db, run);
    expect((await publishedOf(db, id))!.chatTemplate).toBe(TEMPLATE);
    const next = adaptationOf({ ...defaultSettings(), method: 'lora' }, await openWeights(db, id));
    expect(next).toMatchObject({ rank: 3, alpha: 5, targets: ['q', 'k', 'v', 'down'], chatTemplate: TEMPLATE });
    const zip = new File([(await exportModel(db, id, 'peft')).blob!], 'a.zip');
    const template = (await listZip(fromBlob(zip), zip.name)).find(({ path }) => path === 'chat_template.jinja');
    expect(await (await template!.open()).slice(0, template!.byteLength)).toEqual(
      new TextEncoder().encode(TEMPLATE).buffer,
    );
  });

  test('goes and comes back, and has a number where its name is taken', async () => {
    const base = await familyModel(db, 'smol');
    const [first, second] = [await opened(db, base, filesOf('smol')), await opened(db, base, filesOf('smol'))];
    expect(second.name).toBe(`${first.name} 2`);
    await deleteRun(db, first.id);
    expect((await listRuns(db)).map(({ id }) => id)).toEqual([second.id]);
    await restoreRun(db, first.id);
    expect((await merged(db, await weightsOf(db, first), goldenOf('smol'))).ids).toEqual(goldenOf('smol').greedy);
  });

  test('leaves as GGUF and as a whole model', async () => {
    const id = await weightsOf(db, await opened(db, await familyModel(db, 'smol'), filesOf('smol')));
    for (const kind of ['gguf-lora', 'gguf-f16', 'safetensors'] as const)
      expect((await exportModel(db, id, kind)).bytes).toBeGreaterThan(5000);
    await expect(exportModel(db, id, 'job')).rejects.toMatchObject({ code: 'job-no-run' });
  });
});

describe('which base it belongs to', () => {
  const hub = { hub: 'https://huggingface.co', repo: 'example/smol', revision: '0'.repeat(40) };

  test('another name than the base’s is told, and is no refusal', async () => {
    const run = await opened(db, await familyModel(db, 'smol', { hub }), filesOf('smol'));
    expect(run.notice).toBeUndefined();
    const other = changed('smol', { base_model_name_or_path: 'someone/smol' });
    const told = await opened(db, await familyModel(db, 'smol', { hub }), filesOf('smol', other));
    expect(told.notice).toEqual({ code: 'adapter-base-name', facts: { named: 'someone/smol', base: 'example/smol' } });
  });

  test.each([
    ['example/smol', true],
    ['Example/Smol', true],
    ['other/smol', false],
    ['/home/a/models/smol/', true],
    ['C:\\models\\smol', true],
    ['/home/a/other', false],
    ['./base', true],
  ])('a base from example/smol is called %s: %s', (named, called) => {
    expect(isCalled({ hub, source: 'x', name: 'y' }, named)).toBe(called);
  });

  test('a base from a folder goes by the folder’s name and by its own', () => {
    const base = { source: 'SmolFox', name: 'mine' };
    expect(['owner/SmolFox', 'mine', 'owner/other'].map((named) => isCalled(base, named))).toEqual([true, true, false]);
  });

  test('shapes tell that it is another one, and which', async () => {
    const [smol, gpt2] = [await familyModel(db, 'smol'), await familyModel(db, 'gpt2')];
    const wrong = opened(db, smol, filesOf('gpt2'));
    await expect(wrong).rejects.toMatchObject({ code: 'adapter-fits-other', facts: { fits: `“${gpt2.name}”` } });
    const none = opened(db, gpt2, filesOf('qwen3'));
    await expect(none).rejects.toMatchObject({ code: 'adapter-fits-none', facts: { named: '“example/qwen3”' } });
    const qwen = await familyModel(db, 'qwen3');
    const shapes = opened(db, smol, filesOf('qwen3')); // the same layers, of other sizes
    await expect(shapes).rejects.toMatchObject({
      code: 'adapter-fits-other',
      facts: { sizes: ' ([64, 3] ≠ [32, 3])', fits: `“${qwen.name}”` },
    });
    expect(await listRuns(db)).toEqual([]);
  });
});

describe('what is chosen as an adapter', () => {
  const zipped = (...names: string[]): File[] =>
    names.map((path) => {
      const file = new File(['{}'], path.split('/').at(-1)!);
      Object.defineProperty(file, 'webkitRelativePath', { value: path });
      return file;
    });
  const code = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (thrown: unknown) => (thrown instanceof AtelierError ? thrown.code : String(thrown)),
    );

  test('the folder that lies least deep is taken; several side by side are named', async () => {
    const out = zipped('job/out/adapter_config.json', 'job/out/checkpoint-20/adapter_config.json');
    const { source, parts } = await adapterFolderOf(out);
    expect([source, [...parts.keys()]]).toEqual(['job', ['adapter_config.json']]);
    await expect(adapterFolderOf([...out, ...zipped('job/adapter/adapter_config.json')])).rejects.toMatchObject({
      code: 'adapter-several',
      facts: { folders: 'job/out/, job/adapter/' },
    });
  });

  test('an adapter where a model was asked for, and the other way round, are told apart', async () => {
    expect(await code(folderOf(filesOf('smol')))).toBe('adapter-alone');
    expect(await code(adapterFolderOf(zipped('m/config.json')))).toBe('adapter-file-missing');
    const base = await familyModel(db, 'smol');
    const files = filesOf('smol').filter(({ name }) => !name.endsWith('.safetensors'));
    expect(await code(opened(db, base, [...files, new File(['x'], 'adapter_model.bin')]))).toBe('adapter-file-missing');
  });
});
