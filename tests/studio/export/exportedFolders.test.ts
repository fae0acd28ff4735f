// Every family as a folder for transformers and as an adapter for PEFT, read back by the studio. With
// WRITE_EXPORTS=<folder> they are unpacked there, with what the studio makes of them, for tests/fixtures/exports.py,
// which loads them with transformers and peft.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromBlob } from '../../../src/base/numbers/asyncBuffer';
import { loraTargets } from '../../../src/base/lora';
import type { ModelShape } from '../../../src/base/modelShape';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import { argmax } from '../../../src/engine/generation/sample';
import { listZip } from '../../../src/formats/zip';
import { exportModel } from '../../../src/studio/export/exportModel';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { readBack, tensorsBack } from '../../../src/studio/verify/readBack';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { testCpu } from '../../cpu';
import { freshStorage } from '../../storage/storage';
import { familyModel, LORA, tunedModel } from '../models/publishedModels';

const TEXT = 'The fox sat by the river and';
const TOKENS = 40;
const WRITE = process.env['WRITE_EXPORTS'];

beforeAll(async () => void (await testCpu()));

interface Said {
  ids: number[];
  /** After the prompt. */
  logits: number[];
}

const said = (model: ModelShape, tensors: AsyncIterable<TensorData>, prompt: number[]): Promise<Said> =>
  withModel(model, tensors, async (generator) => {
    const first = await generator.prefill(prompt);
    const found: Said = { ids: [argmax(first)], logits: [...first] };
    while (found.ids.length < TOKENS) found.ids.push(argmax(await generator.next(found.ids.at(-1)!)));
    return found;
  });

async function unpack(zip: File, folder: string): Promise<void> {
  for (const file of await listZip(fromBlob(zip), zip.name)) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, new Uint8Array(await (await file.open()).slice(0, file.byteLength)));
  }
}

describe.each(['llama', 'smol', 'qwen2', 'qwen3', 'gemma3', 'gpt2'])('%s', (family) => {
  test('the folder holds the base, and the adapter beside it what was tuned: 40 greedy tokens of each', async () => {
    const db = await freshStorage();
    const base = await familyModel(db, family);
    const tuned = await tunedModel(db, base, 'r', { adapter: { ...LORA, targets: loraTargets(base.model) } });
    const prompt = [...(await loadTokenizer(db, base.tokenizerId)).encode(TEXT)];
    for (const [id, kind] of [
      [base.id, 'safetensors'],
      [tuned, 'peft'],
    ] as const) {
      const { blob, fileName } = await exportModel(db, id, kind);
      const zip = new File([blob!], fileName);
      const weights = await openWeights(db, id);
      const here = await said(weights.model, tensorsOf(weights), prompt);
      const back = await readBack(weights, kind, zip);
      expect(await said(back.model, tensorsBack(back), prompt)).toEqual(here);
      if (!WRITE) continue;
      await unpack(zip, join(WRITE, family, kind));
      writeFileSync(join(WRITE, family, `${kind}.json`), JSON.stringify({ text: TEXT, prompt, ...here }));
    }
  });
});
