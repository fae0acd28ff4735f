import { beforeEach, expect, test } from 'vitest';
import type { ModelKind } from '../../../src/base/wire/exportKinds';
import type { AtelierDb } from '../../../src/storage/db';
import { exportModel } from '../../../src/studio/export/exportModel';
import { openWeights } from '../../../src/studio/models/weights';
import { readBack } from '../../../src/studio/verify/readBack';
import { freshStorage } from '../../storage/storage';
import { publishedModel, tunedModel } from '../models/publishedModels';

let db: AtelierDb;
let tuned: string;
beforeEach(async () => {
  db = await freshStorage();
  tuned = await tunedModel(db, await publishedModel(db));
});

async function codeOf(saved: ModelKind, chosen: ModelKind): Promise<unknown> {
  const { blob, fileName } = await exportModel(db, tuned, saved);
  const work = readBack(await openWeights(db, tuned), chosen, new File([blob!], fileName));
  return work.then(
    () => 'read',
    (thrown: unknown) => (thrown as { code: string }).code,
  );
}

test.each<[saved: ModelKind, chosen: ModelKind, code: string]>([
  ['gguf-lora', 'gguf-q8', 'verify-is-adapter'],
  ['gguf-lora', 'gguf-f16', 'verify-is-adapter'],
  ['gguf-q8', 'gguf-lora', 'verify-is-model'],
  ['peft', 'safetensors', 'verify-is-adapter'],
  ['safetensors', 'peft', 'verify-is-model'],
  ['safetensors', 'ollama', 'model-file-missing'],
  ['gguf-q8', 'gguf-f16', 'read'],
  ['gguf-lora', 'gguf-lora', 'read'],
  ['peft', 'peft', 'read'],
  ['safetensors', 'safetensors', 'read'],
  ['ollama', 'ollama', 'read'],
])('a file saved as %s, verified as %s: %s', async (saved, chosen, code) => {
  expect(await codeOf(saved, chosen)).toBe(code);
});
