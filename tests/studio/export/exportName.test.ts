import { beforeEach, describe, expect, test } from 'vitest';
import { EXPORT_KINDS, type ExportKind } from '../../../src/base/wire/exportKinds';
import type { ModelRecord } from '../../../src/base/records/model';
import { writeZip } from '../../../src/formats/zip';
import type { AtelierDb } from '../../../src/storage/db';
import { exportChoices, exportModel } from '../../../src/studio/export/exportModel';
import { ggufFileName, plainFileName, zipFileName } from '../../../src/studio/export/exportName';
import { ExportTarget } from '../../../src/studio/export/exportStreams';
import { openOrigin, type ExportOrigin } from '../../../src/studio/export/exportSource';
import { freshStorage } from '../../storage/storage';
import { publishedModel, tunedModel } from '../models/publishedModels';

/** Of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#gguf-naming-convention, as it stands there. */
const CONVENTION =
  /^(?<BaseName>[A-Za-z0-9\s]*(?:(?:-(?:(?:[A-Za-z\s][A-Za-z0-9\s]*)|(?:[0-9\s]*)))*))-(?:(?<SizeLabel>(?:\d+x)?(?:\d+\.)?\d+[A-Za-z](?:-[A-Za-z]+(\d+\.)?\d+[A-Za-z]+)?)(?:-(?<FineTune>[A-Za-z0-9\s-]+))?)?-(?:(?<Version>v\d+(?:\.\d+)*))(?:-(?<Encoding>(?!LoRA|vocab)[\w_]+))?(?:-(?<Type>LoRA|vocab))?(?:-(?<Shard>\d{5}-of-\d{5}))?\.gguf$/;

let db: AtelierDb;
let base: ModelRecord;
let tuned: string;
beforeEach(async () => {
  db = await freshStorage();
  base = await publishedModel(db);
  tuned = await tunedModel(db, base);
});

const namesOf = async (id: string): Promise<Record<string, string>> =>
  Object.fromEntries((await exportChoices(db, id)).map(({ kind, fileName }) => [kind, fileName]));

/** A page without files, for a model to be added to. */
async function emptyZip(): Promise<Blob> {
  const out = new ExportTarget();
  await writeZip(out.stream, [], new Date());
  return out.blob('application/zip')!;
}

test('the name that the page offers is the name that the file is given without a save dialog', async () => {
  for (const id of [base.id, tuned])
    for (const { kind, fileName } of await exportChoices(db, id))
      expect(await exportModel(db, id, kind, { page: emptyZip }), kind).toMatchObject({ fileName });
});

test('a stored model has no adapter and no run to export; a checkpoint of an adapter is offered as one too', async () => {
  const ggufs = ['gguf-f16', 'gguf-q8', 'gguf-q4-k-m', 'gguf-q4'];
  expect(Object.keys(await namesOf(base.id))).toEqual(['safetensors', ...ggufs, 'ollama', 'web-page']);
  expect(Object.keys(await namesOf(tuned))).toEqual([
    'safetensors',
    ...ggufs,
    'ollama',
    'peft',
    'gguf-lora',
    'web-page',
  ]);
  await expect(exportModel(db, tuned, 'job')).rejects.toMatchObject({ code: 'job-no-run' });
});

test('every name ends as its kind does, and no two kinds of one checkpoint have the same', async () => {
  const names = await namesOf(tuned);
  for (const [kind, name] of Object.entries(names))
    expect(name.endsWith(`.${EXPORT_KINDS[kind as ExportKind].ending}`), kind).toBe(true);
  expect(new Set(Object.values(names)).size).toBe(Object.keys(names).length);
});

describe('a GGUF', () => {
  const at = async (step: number, name = 'fables'): Promise<ExportOrigin> => {
    const origin = await openOrigin(db, tuned);
    const checkpoint = { ...origin.weights.checkpoint!, manifest: { ...origin.weights.checkpoint!.manifest, step } };
    return { ...origin, name, run: { ...origin.run!, name }, weights: { ...origin.weights, checkpoint } };
  };

  test('is named as the convention asks, the step at the end of the fine-tune', async () => {
    const { groups } = CONVENTION.exec(ggufFileName(await at(300), 'Q8_0'))!;
    expect(groups).toMatchObject({
      BaseName: 'SmolFox',
      SizeLabel: '28K',
      FineTune: 'Instruct-fables-step300',
      Version: 'v1.0',
      Encoding: 'Q8_0',
    });
    expect(CONVENTION.exec(ggufFileName(await at(7), 'F32', 'LoRA'))!.groups).toMatchObject({ Type: 'LoRA' });
  });

  test('says the name of its base once, though suggested names of runs begin with it', async () => {
    const { root } = await at(1);
    const fineTune = async (name: string) =>
      CONVENTION.exec(ggufFileName(await at(300, name), 'Q8_0'))!.groups!['FineTune'];
    expect(await fineTune(`${root!.name} · tales`)).toBe('Instruct-tales-step300');
    expect(await fineTune(root!.name)).toBe('Instruct-step300');
    expect(await fineTune('tales')).toBe('Instruct-tales-step300');
    expect(await fineTune(`${root!.name}s`)).toContain(`${root!.name.split('/').at(-1)!}s-step300`);
  });

  test('keeps all of a name that a person gave its base, and leaves out the owner of a repository', async () => {
    const origin = await at(300, 'fables');
    const named = (name: string, source: string) =>
      ggufFileName({ ...origin, root: { ...origin.root!, name, source } }, 'F16');
    expect(named('cats/dogs', 'folder')).toMatch(/^cats-dogs-28K-fables/);
    expect(named('owner/SmolFox-28K-Instruct', 'owner/SmolFox-28K-Instruct')).toMatch(/^SmolFox-28K-Instruct-fables/);
  });

  test('of a model made here has its own name as the base', async () => {
    const { root: _, ...made } = await at(300, 'my model v2');
    expect(ggufFileName(made, 'F16')).toBe('my-model-v2-28K-step300-v1.0-F16.gguf');
  });

  test('of another checkpoint of the run has another name, and so has the zip', async () => {
    const [early, late] = [await at(300), await at(600)];
    expect(ggufFileName(early, 'F16')).not.toBe(ggufFileName(late, 'F16'));
    expect([early, late].map((origin) => zipFileName(origin))).toEqual(['fables-step300.zip', 'fables-step600.zip']);
  });

  test('fits a file system whatever the names: a letter of another script takes several bytes', async () => {
    const origin = await at(1_000_000, '鸟'.repeat(200));
    const name = ggufFileName({ ...origin, root: { ...origin.root!, name: '寓言'.repeat(100) } }, 'Q4_K_M', 'LoRA');
    for (const file of [`${name}.00001-of-00099`, zipFileName(origin, 'axolotl-llama-factory')])
      expect(Buffer.byteLength(file)).toBeLessThanOrEqual(255);
  });

  test('of an opened adapter names no step: it was trained elsewhere', async () => {
    const origin = await at(0);
    const { checkpoint } = origin.weights;
    const imported = { ...checkpoint!, manifest: { ...checkpoint!.manifest, reason: 'imported' as const } };
    expect(ggufFileName({ ...origin, weights: { ...origin.weights, checkpoint: imported } }, 'F16')).not.toContain(
      'step',
    );
  });
});

test('letters of every script stay in a name; what a file system or a shell acts on does not', () => {
  expect(plainFileName('寓言 & "fables"/v2: a.b')).toBe('寓言-fables-v2-a.b');
  expect(plainFileName('../..')).toBe('model');
});

test.each([
  ['nul', 'nul-model'],
  ['CON.txt', 'CON-model.txt'],
  ['aux.tar.gz', 'aux-model.tar.gz'],
  ['COM¹', 'COM¹-model'],
  ['lpt9 ', 'lpt9-model'],
  ['prn.', 'prn-model'],
  ['console', 'console'],
  ['my nul', 'my-nul'],
  ['nul-2', 'nul-2'],
])('a device of Windows is no name of a file: %s', (name, plain) => {
  expect(plainFileName(name)).toBe(plain);
});

test('a long name ends with a whole letter, and neither with a dot nor with a dash', () => {
  expect(plainFileName(`${'a'.repeat(86)}𠀀b`)).toBe(`${'a'.repeat(86)}𠀀`);
  expect(plainFileName(`${'a'.repeat(87)}𠀀b`)).toBe('a'.repeat(87));
  expect(plainFileName(`${'a'.repeat(89)}. b`)).toBe('a'.repeat(89));
});
