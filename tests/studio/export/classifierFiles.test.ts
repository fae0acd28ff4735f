// The files of a classifier: as transformers and PEFT load them, and as they open here again; of several kinds.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXPORT_KINDS, type ExportKind } from '../../../src/base/wire/exportKinds';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { getModel } from '../../../src/storage/models';
import { getRun } from '../../../src/storage/runs';
import { keepThresholds } from '../../../src/storage/thresholds';
import { exportChoices, exportModel } from '../../../src/studio/export/exportModel';
import { adapterFolderOf, folderOf } from '../../../src/studio/models/modelFolder';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { keepModel } from '../../../src/studio/models/openModel';
import { openWeights } from '../../../src/studio/models/weights';
import { lettersTokenizer } from '../../letters';
import { freshStorage } from '../../storage/storage';

const fileOf = (name: string, file: string): File =>
  new File([readFileSync(new URL(`../../fixtures/classifiers/${name}/${file}`, import.meta.url))], file);

async function opened(name: string) {
  const db = await freshStorage();
  const files = [fileOf(name, 'config.json'), fileOf(name, 'model.safetensors'), lettersTokenizer()];
  return { db, record: await keepModel(db, await folderOf(files)) };
}

/** With WRITE_CLASSIFIERS=folder the files stay there, for tests/fixtures/classifiers.py check. */
async function kept(name: string, kind: string, blob: Blob): Promise<void> {
  const folder = process.env['WRITE_CLASSIFIERS'];
  if (folder) writeFileSync(`${folder}/${name}-${kind}.zip`, new Uint8Array(await blob.arrayBuffer()));
}

test.each(['gpt2', 'llama', 'qwen2', 'qwen3', 'gemma3'])(
  '%s leaves whole and as an adapter, and opens again',
  async (name) => {
    const { db, record } = await opened(name);
    const { classes } = record.model;
    const thresholds = classes!.several ? [0.25, 0.5, 0.75] : [0.4];
    await keepThresholds(db, record.id, thresholds);
    const whole = await exportModel(db, record.id, 'safetensors');
    await kept(name, 'whole', whole.blob!);
    const back = await keepModel(db, await folderOf([new File([whole.blob!], whole.fileName)]));
    expect([back.model, back.thresholds]).toEqual([(await getModel(db, record.id)).model, thresholds]);
    expect(back.padTokenId).toBe(52);
    const [before, after] = [await openWeights(db, record.id), await openWeights(db, back.id)];
    for (const tensor of ['score', 'embedding', 'layers.1.qkv'])
      expect(await after.read(tensor, 0, 3)).toEqual(await before.read(tensor, 0, 3));

    const files = [fileOf(name, 'adapter_config.json'), fileOf(name, 'adapter_model.safetensors')];
    const run = await keepAdapter(db, record.id, await adapterFolderOf(files));
    await keepThresholds(db, run.id, thresholds);
    const [checkpoint] = await listCheckpoints(db, run.id);
    const adapter = await exportModel(db, checkpoint!.id, 'peft');
    await kept(name, 'peft', adapter.blob!);
    const again = await keepAdapter(
      db,
      record.id,
      await adapterFolderOf([new File([adapter.blob!], adapter.fileName)]),
    );
    const found = await getRun(db, again.id);
    expect([found.model.classes, found.thresholds]).toEqual([classes, thresholds]);
    const [copy] = await listCheckpoints(db, again.id);
    expect(copy!.weightsSha256).toBe(checkpoint!.weightsSha256);
  },
);

test('formats that hold models which write are not offered, and refuse by name', async () => {
  const { db, record } = await opened('llama');
  expect((await exportChoices(db, record.id)).map(({ kind }) => kind)).toEqual(['safetensors']);
  const others = (Object.keys(EXPORT_KINDS) as ExportKind[]).filter(
    (kind) => kind !== 'safetensors' && kind !== 'peft',
  );
  expect(others.length).toBeGreaterThan(4);
  for (const kind of others)
    await expect(exportModel(db, record.id, kind)).rejects.toMatchObject({
      code: 'export-classifier',
      facts: { name: record.name },
    });
});
