// An adapter that learned beside a base opened from a GGUF leaves as PEFT and as a whole model, and comes back.
// The code: src/studio/export/kinds, src/studio/models/openGguf.ts. As LoRA-GGUF in llama.cpp: llamaCpp.test.ts.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { loraSpecs } from '../../../src/base/lora';
import { parameterSpecs } from '../../../src/base/modelShape';
import type { GgmlType } from '../../../src/formats/gguf/ggml';
import type { AtelierDb } from '../../../src/storage/db';
import { listCheckpoints } from '../../../src/storage/checkpoints';
import { exportModel } from '../../../src/studio/export/exportModel';
import { adapterFolderOf } from '../../../src/studio/models/modelFolder';
import { keepAdapter } from '../../../src/studio/models/openAdapter';
import { openFiles } from '../../../src/studio/models/openFiles';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { mergedRows, openWeights } from '../../../src/studio/models/weights';
import { contentOf, ggufBytes } from '../../formats/gguf/ggufContent';
import { freshStorage } from '../../storage/storage';
import { tunedModel } from '../models/publishedModels';

const BYTES = new Uint8Array(readFileSync(new URL('../../fixtures/gguf/smol.gguf', import.meta.url)));
const inBlocks = (name: string): GgmlType => (/norm/.test(name) ? 'F32' : 'Q8_0');

let db: AtelierDb;
beforeEach(async () => void (db = await freshStorage()));

async function adapterValues(id: string): Promise<Record<string, number[]>> {
  const { model, adapter } = await openWeights(db, id);
  const values: Record<string, number[]> = {};
  for (const { name, shape } of loraSpecs(model, adapter!.lora))
    values[name] = Array.from(await adapter!.read(name, 0, shape[0]!), (x) => x + 0);
  return values;
}

describe.each([
  ['F16', async () => Promise.resolve(BYTES)],
  ['Q8_0', async () => ggufBytes(await contentOf(BYTES), inBlocks)],
] as const)('beside a GGUF in %s', (_types, bytes) => {
  const tuned = async (): Promise<{ baseId: string; id: string }> => {
    const base = await openFiles(db, [new File([await bytes()], 'smol.gguf')], {});
    return { baseId: base.id, id: await tunedModel(db, base) };
  };

  test('an adapter comes back from PEFT with its values', async () => {
    const { baseId, id } = await tuned();
    const { blob, fileName } = await exportModel(db, id, 'peft');
    const back = await keepAdapter(db, baseId, await adapterFolderOf([new File([blob!], fileName)]));
    const [kept] = await listCheckpoints(db, back.id);
    expect(await adapterValues(kept!.id)).toEqual(await adapterValues(id));
  });

  test('a whole model has the base and the adapter in it, with tokenizer, template and end tokens', async () => {
    const { baseId, id } = await tuned();
    const { blob, fileName } = await exportModel(db, id, 'safetensors');
    const other = await freshStorage();
    const whole = await openFiles(other, [new File([blob!], fileName)], {});
    const base = (await db.get('models', baseId))!;
    expect(whole).toMatchObject({ chatTemplate: base.chatTemplate, endTokenIds: base.endTokenIds });
    const merged = mergedRows(await openWeights(db, id));
    const { read } = await openWeights(other, whole.id);
    let moved = 0;
    for (const { name, shape } of parameterSpecs(base.model)) {
      const [expected, found] = [await merged(name, 0, shape[0]!), await read(name, 0, shape[0]!)];
      const plain = await (await openWeights(db, baseId)).read(name, 0, shape[0]!);
      const most = Math.max(...expected.map(Math.abs));
      expect(Math.max(...expected.map((v, i) => Math.abs(v - found[i]!))), name).toBeLessThanOrEqual(most / 1024);
      if (expected.some((v, i) => Math.abs(v - plain[i]!) > most / 100)) moved++;
    }
    expect(moved).toBeGreaterThan(1); // the adapter is in it
    const [ours, theirs] = [await loadTokenizer(db, base.tokenizerId), await loadTokenizer(other, whole.tokenizerId)];
    expect(theirs.encode('High water, 海鸥!')).toEqual(ours.encode('High water, 海鸥!'));
  });
});
