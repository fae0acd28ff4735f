import { beforeEach, describe, expect, test } from 'vitest';
import type { ModelRecord } from '../../../src/base/records/model';
import type { ModelKind } from '../../../src/base/wire/exportKinds';
import type { Verification } from '../../../src/base/wire/requests';
import type { AtelierDb } from '../../../src/storage/db';
import { exportModel } from '../../../src/studio/export/exportModel';
import type { DeviceShare } from '../../../src/studio/occupancy';
import { verifyExport } from '../../../src/studio/verify/verifyExport';
import { testEngine } from '../../gpu';
import { freshStorage } from '../../storage/storage';
import { publishedModel, tunedModel } from '../models/publishedModels';

let db: AtelierDb;
let base: ModelRecord;
beforeEach(async () => {
  await testEngine();
  db = await freshStorage();
  base = await publishedModel(db);
});

async function exported(id: string, kind: ModelKind): Promise<File> {
  const { blob, fileName } = await exportModel(db, id, kind);
  return new File([blob!], fileName);
}
const ALONE: DeviceShare = { inTurn: async (work) => await work(), hold: (_, work) => work() };
const verify = (id: string, kind: ModelKind, file: File): Promise<Verification> =>
  verifyExport(db, id, kind, file, { share: ALONE });

describe('an exported file, read back', () => {
  test('holds the same numbers where nothing was rounded', async () => {
    const { tokens, ...found } = await verify(base.id, 'safetensors', await exported(base.id, 'safetensors'));
    expect(found).toEqual({ equalTokens: tokens, largestDifference: 0, divergence: 0 });
    expect(tokens).toBe(48);
  });

  test('an adapter beside its base is the adapter that was trained', async () => {
    const id = await tunedModel(db, base);
    for (const kind of ['peft', 'gguf-lora'] as const) {
      const { tokens, equalTokens, largestDifference } = await verify(id, kind, await exported(id, kind));
      expect(equalTokens).toBe(tokens);
      expect(largestDifference).toBeLessThan(1e-4);
    }
  });

  test('rounding shows as what it is: F16 hardly, Q8_0 a little', async () => {
    const id = await tunedModel(db, base);
    const half = await verify(id, 'gguf-f16', await exported(id, 'gguf-f16'));
    const byte = await verify(id, 'ollama', await exported(id, 'ollama'));
    expect(half.largestDifference).toBeGreaterThan(0);
    expect(half.divergence).toBeLessThan(1e-5);
    expect(byte.divergence).toBeGreaterThan(half.divergence);
    expect(byte.divergence).toBeLessThan(0.01);
    expect(half.equalTokens).toBeGreaterThan(0.95 * half.tokens);
  });

  test('damage shows: other weights choose other tokens', async () => {
    const file = await exported(base.id, 'gguf-f16');
    const bytes = new Uint8Array(await file.arrayBuffer());
    for (let at = bytes.length - 20_000; at < bytes.length; at += 2) bytes[at] = bytes[at]! ^ 0x55;
    const found = await verify(base.id, 'gguf-f16', new File([bytes], file.name));
    expect(found.divergence).toBeGreaterThan(1e-4);
    expect(found.largestDifference).toBeGreaterThan(0.05);
  });

  test('a file that says another shape is refused with the key', async () => {
    const file = await exported(base.id, 'gguf-f16');
    const text = 'llama.attention.head_count';
    const bytes = Buffer.from(await file.arrayBuffer());
    bytes.writeUInt32LE(8, bytes.indexOf(text) + text.length + 4);
    await expect(verify(base.id, 'gguf-f16', new File([bytes], file.name))).rejects.toMatchObject({
      code: 'gguf-unsupported',
      facts: { field: text, found: '8', supported: '4' },
    });
  });
});
