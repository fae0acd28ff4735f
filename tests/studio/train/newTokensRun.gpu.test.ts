// Runs that add special tokens to the model they tune: the tokenizer, the run, its checkpoints, and what leaves with it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ModelKind } from '../../../src/base/wire/exportKinds';
import type { RunRequest } from '../../../src/base/wire/requests';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { getRun } from '../../../src/storage/runs';
import { getTokenizer } from '../../../src/storage/tokenizers';
import { prepare } from '../../../src/studio/data/prepare';
import { preflight } from '../../../src/studio/data/preflight';
import { exportChoices, exportModel } from '../../../src/studio/export/exportModel';
import { extendTokenizer, newTokensOf } from '../../../src/studio/models/newTokens';
import { folderOf } from '../../../src/studio/models/modelFolder';
import { keepModel } from '../../../src/studio/models/openModel';
import { openSummands } from '../../../src/studio/models/summands';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { mergedRows, openWeights } from '../../../src/studio/models/weights';
import { defaultSettings } from '../../../src/base/settings/trainSettings';
import { dawn, LONG } from '../../dawn';
import { TuningOnGpu } from '../tuningOnGpu';

const TEXTS = ['<|ctx|>', '<tool>'];
const ROWS = Array.from({ length: 12 }, (_, i) => ({
  text: `<|ctx|>the river ${i} runs<tool>to the sea and back to the hills`,
}));
const SETTINGS = {
  ...({ method: 'lora', task: 'text', frozenPrecision: 'f16', loraRank: 2, batchSize: 2, contextLength: 8 } as const),
  ...{ steps: 60, learningRate: 0.01, saveEverySteps: 20, validationEvery: 0, sampleEvery: 0 },
};

/** For other programs to load: tests/fixtures/new_tokens.py, `check`. */
async function handed(name: string, blob: Blob): Promise<void> {
  const folder = process.env['WRITE_NEW_TOKENS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}`, new Uint8Array(await blob.arrayBuffer()));
}

let world: TuningOnGpu;
let request: RunRequest;
let checkpointId: string;

beforeAll(async () => {
  dawn();
  world = await TuningOnGpu.open(ROWS, 270, SETTINGS);
  request = await newRequest();
});

async function newRequest(): Promise<RunRequest> {
  const { db, tokenizerId, modelId, datasetId } = world;
  const { model } = await openWeights(db, modelId);
  const made = await extendTokenizer(db, { tokenizerId, texts: TEXTS, baseRows: model.vocabSize });
  const settings = { ...defaultSettings(), ...SETTINGS, newTokens: TEXTS.join('\n') };
  const asked = { datasetIds: [datasetId], tokenizerId: made.id, seed: settings.seed, validationShare: 0.2 };
  const { id: preparedId } = await prepare(db, asked);
  return { name: 'r', start: { kind: 'weights', weightsId: modelId }, preparedId, tokenizerId: made.id, settings };
}

test('their tokenizer writes each as one id behind the others, and the base keeps its own', async () => {
  const { db, tokenizerId } = world;
  const before = await getTokenizer(db, tokenizerId);
  const made = await loadTokenizer(db, request.tokenizerId);
  const first = before.vocabSize;
  expect([...made.encode('<|ctx|>the<tool>', { special: false })]).toEqual(
    expect.arrayContaining([first, first + 1]) as number[],
  );
  expect(made.decode([first, first + 1])).toBe('<|ctx|><tool>');
  expect((await loadTokenizer(db, tokenizerId)).idOf('<tool>')).toBeUndefined();
  const again = { tokenizerId, texts: TEXTS, baseRows: before.vocabSize };
  expect((await extendTokenizer(db, again)).id).toBe(request.tokenizerId);
  expect(await newTokensOf(db, { ...again, baseRows: first + 5 })).toEqual({
    ...{ texts: TEXTS, first, count: 2, baseRows: first + 5 },
  });
});

test('preflight counts each token, and names the one that no row holds', async () => {
  const { db, tokenizerId, datasetId } = world;
  const { vocabSize: baseRows } = await getTokenizer(db, tokenizerId);
  const made = await extendTokenizer(db, { tokenizerId, texts: ['<tool>', '<none>'], baseRows });
  const asked = { datasetIds: [datasetId], tokenizerId: made.id, seed: 1, validationShare: 0, contextLength: 32 };
  const { findings, newTokens } = await preflight(db, asked);
  expect(newTokens).toEqual([
    { name: '<tool>', train: ROWS.length, held: 0 },
    { name: '<none>', train: 0, held: 0 },
  ]);
  expect(findings.find(({ code }) => code === 'new-token-unused')).toMatchObject({ facts: { tokens: '<none>' } });
});

test('a run learns their rows, and resumes to the same bits', LONG, async () => {
  const { db } = world;
  const run = await world.studio.start(request);
  await world.ended();
  const whole = await world.outcome(run.id);
  const record = await getRun(db, run.id);
  const { vocabSize } = await getTokenizer(db, world.tokenizerId);
  expect(record).toMatchObject({ status: 'finished', model: { vocabSize: vocabSize + 2 } });
  expect(record.lora!.tokens).toEqual({ texts: TEXTS, first: vocabSize, count: 2, baseRows: vocabSize });
  checkpointId = (await listCheckpoints(db, run.id)).find(({ reason }) => reason === 'final')!.id;
  const source = await openWeights(db, checkpointId);
  const rows = await source.adapter!.read('embedding.rows', 0, 2);
  expect(rows.subarray(0, 16)).not.toEqual(rows.subarray(16)); // both began as the mean
  expect(await mergedRows(source)('embedding', vocabSize, 2)).toEqual(rows);
  const { losses, hash } = await world.cutAndResumed(request, 3);
  expect([losses, hash]).toEqual([whole.losses, whole.hash]);
});

test('DPO compares with the base and the rows as they began', LONG, async () => {
  const rows = Array.from({ length: 10 }, (_, i) => ({
    ...{ prompt: `<|ctx|> ${i}`, chosen: `yes<tool>${i}`, rejected: `no ${i}` },
  }));
  const other = await TuningOnGpu.open(rows, 270, { ...SETTINGS, task: 'dpo', contextLength: 32, steps: 60 });
  const { db, tokenizerId, modelId } = other;
  const { model } = await openWeights(db, modelId);
  const made = await extendTokenizer(db, { tokenizerId, texts: TEXTS, baseRows: model.vocabSize });
  const { id: preparedId } = await prepare(db, { ...other.askedFor(), tokenizerId: made.id });
  const asked = await other.requestOf({ newTokens: TEXTS.join('\n') });
  const fresh = { ...asked, preparedId, tokenizerId: made.id };
  const run = await other.studio.start(fresh);
  await other.ended();
  const points = other.events.flatMap((e) => (e.type === 'step' ? [e.point] : []));
  expect(Math.abs(points[0]!.loss - Math.log(2))).toBeLessThan(1e-5); // as near to itself as can be
  const whole = await other.outcome(run.id);
  const { losses, hash } = await other.cutAndResumed(fresh, 2);
  expect([losses, hash]).toEqual([whole.losses, whole.hash]);
});

test('the merged model and the adapter leave with them; other forms are refused by name', async () => {
  const { db } = world;
  const choices = (await exportChoices(db, checkpointId)).map(({ kind }) => kind);
  expect(choices).toEqual(expect.arrayContaining(['safetensors', 'peft', 'gguf-f16']));
  expect(choices).not.toEqual(expect.arrayContaining(['gguf-lora']));
  expect(choices).not.toEqual(expect.arrayContaining(['job']));
  await expect(exportModel(db, checkpointId, 'gguf-lora')).rejects.toMatchObject({ code: 'export-new-tokens' });
  await expect(openSummands(db, [{ weightsId: checkpointId, weight: 1 }])).rejects.toMatchObject({
    code: 'together-tokens',
  });
  const { signal } = new AbortController();
  for (const kind of ['safetensors', 'peft', 'gguf-f16'] satisfies ModelKind[]) {
    const { blob, fileName } = await exportModel(db, checkpointId, kind);
    const verified = await world.studio.verify(
      checkpointId,
      kind,
      new File([blob!], fileName),
      () => undefined,
      signal,
    );
    expect(verified.equalTokens, kind).toBe(verified.tokens);
    await handed(kind === 'gguf-f16' ? 'new.gguf' : `${kind}.zip`, blob!);
  }
  const { blob } = await exportModel(db, checkpointId, 'safetensors');
  await handed('base.zip', (await exportModel(db, world.modelId, 'safetensors')).blob!);
  const again = await keepModel(db, await folderOf([new File([blob!], 'merged.zip')]));
  expect((await loadTokenizer(db, again.tokenizerId)).idOf('<tool>')).toBe(again.model.vocabSize - 1);
});

test('a run whose tokenizer has other tokens is refused before it starts', async () => {
  const other = { ...request, settings: { ...request.settings, newTokens: '<other>' } };
  await expect(world.studio.start(other)).rejects.toMatchObject({ code: 'new-tokens-tokenizer' });
});
