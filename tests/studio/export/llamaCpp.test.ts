// Our GGUF files of every family in llama.cpp: the same ids of a text, and after it the tokens that the file read back
// chooses here, one after another. The weights are random, so that many tokens are nearly as likely as the likeliest;
// where they are nearer than twice the largest difference that was found between the two programs, either may win, and
// the place proves nothing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loraTargets } from '../../../src/base/lora';
import type { ModelShape } from '../../../src/base/modelShape';
import type { TensorData } from '../../../src/base/numbers/tensorData';
import type { ModelRecord } from '../../../src/base/records/model';
import type { LlamaKind } from '../../../src/base/wire/exportKinds';
import { argmax } from '../../../src/engine/generation/sample';
import type { AtelierDb } from '../../../src/storage/db';
import { exportModel } from '../../../src/studio/export/exportModel';
import { withModel } from '../../../src/studio/verify/greedyRuns';
import { readBack, tensorsBack } from '../../../src/studio/verify/readBack';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { openFiles } from '../../../src/studio/models/openFiles';
import { openWeights, tensorsOf } from '../../../src/studio/models/weights';
import { testCpu } from '../../cpu';
import { hasLlamaCpp, NO_LLAMA, openLlamaCpp, type LlamaCpp } from '../../llamaCpp';
import { freshStorage } from '../../storage/storage';
import { familyModel, LORA, tunedModel } from '../models/publishedModels';

const TEXT = 'The fox sat by the river and';
const TOKENS = 40;
/** The trained base that comes with the studio, seen from the fixtures: it is sure of nearly all its tokens. */
const STARTER = '../../../public/models/atelier-starter';

/**
 * Between logits of ours and of llama.cpp's, in shares of the largest logit: its products take the activations in f16
 * beside f16, and in 8-bit blocks beside 8-bit blocks. `decided`: places of the 40 that must be so clear.
 */
const PRECISION: Record<Exclude<LlamaKind, 'ollama'>, { error: number; decided: number }> = {
  'gguf-f16': { error: 0.005, decided: 36 },
  'gguf-lora': { error: 0.005, decided: 36 },
  'gguf-q8': { error: 0.08, decided: 12 },
  'gguf-q4-k-m': { error: 0.08, decided: 9 },
  'gguf-q4': { error: 0.08, decided: 9 },
};

const folder = mkdtempSync(join(tmpdir(), 'atelier-llama-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(async () => void (await testCpu()));

interface Chosen {
  ids: number[];
  logits: Float32Array[];
}

/** What the file, read back by our readers, writes after the text: 40 tokens, greedily. */
async function chosenHere(db: AtelierDb, id: string, kind: LlamaKind, file: File, prompt: number[]): Promise<Chosen> {
  const back = await readBack(await openWeights(db, id), kind, file);
  return greedily(back.model, tensorsBack(back), prompt);
}

function greedily(model: ModelShape, tensors: AsyncIterable<TensorData>, prompt: number[]): Promise<Chosen> {
  return withModel(model, tensors, async (generator) => {
    const chosen: Chosen = { ids: [], logits: [] };
    for (let next = await generator.prefill(prompt); ; next = await generator.next(chosen.ids.at(-1)!)) {
      chosen.logits.push(next);
      chosen.ids.push(argmax(next));
      if (chosen.ids.length === TOKENS) return chosen;
    }
  });
}

/** How much likelier the likeliest is than the next, in logits. */
function marginOf(logits: Float32Array): number {
  const [first = 0, second = 0] = logits.toSorted((a, b) => b - a);
  return first - second;
}

const largest = (values: Iterable<number>): number => [...values].reduce((most, v) => Math.max(most, Math.abs(v)), 0);

async function expectSame(
  llama: LlamaCpp,
  prompt: number[],
  { ids, logits }: Chosen,
  kind: keyof typeof PRECISION,
  sureOf = PRECISION[kind].decided,
): Promise<void> {
  expect(llama.tokenize(TEXT)).toEqual(prompt);
  const theirs = await llama.logits([...prompt, ...ids.slice(0, -1)], prompt.length - 1);
  const error = largest(logits.map((row, i) => largest(row.map((v, j) => v - theirs[i]![j]!))));
  expect(error / largest(logits.map(largest))).toBeLessThan(PRECISION[kind].error);
  const decided = logits.flatMap((row, i) => (marginOf(row) > 2 * error ? [i] : []));
  expect(decided.length).toBeGreaterThanOrEqual(sureOf);
  expect(decided.map((i) => argmax(theirs[i]!))).toEqual(decided.map((i) => ids[i]));
}

describe.skipIf(!hasLlamaCpp)(hasLlamaCpp ? 'llama.cpp' : NO_LLAMA, () => {
  describe.each(['llama', 'smol', 'qwen2', 'qwen3', 'gemma3', 'gpt2', STARTER])('%s', (family) => {
    let db: AtelierDb;
    let base: ModelRecord;
    let prompt: number[];
    const name = basename(family);
    const whole = join(folder, `${name}.gguf`);
    beforeAll(async () => {
      db = await freshStorage();
      base = await familyModel(db, family);
      prompt = [...(await loadTokenizer(db, base.tokenizerId)).encode(TEXT)];
      const { blob } = await exportModel(db, base.id, 'gguf-f16');
      writeFileSync(whole, new Uint8Array(await blob!.arrayBuffer()));
    });

    test.each(['gguf-f16', 'gguf-q8', 'gguf-q4-k-m', 'gguf-q4', 'gguf-lora'] as const)(
      '%s writes the same tokens',
      async (kind) => {
        const lora = { ...LORA, targets: loraTargets(base.model) };
        const id = kind === 'gguf-lora' ? await tunedModel(db, base, 'r', { adapter: lora }) : base.id;
        const { blob, fileName } = await exportModel(db, id, kind);
        const file = new File([blob!], fileName);
        const path = join(folder, `${name}-${kind}.gguf`);
        writeFileSync(path, new Uint8Array(await file.arrayBuffer()));
        const chosen = await chosenHere(db, id, kind, file, prompt);
        const llama = await (kind === 'gguf-lora' ? openLlamaCpp(whole, path) : openLlamaCpp(path));
        await expectSame(llama, prompt, chosen, kind, family === STARTER && kind !== 'gguf-lora' ? 36 : undefined);
        await llama.dispose();
      },
    );
  });

  describe.each(['llama', 'smol', 'qwen2', 'qwen3', 'gemma3', 'gpt2'])('a GGUF of %s from elsewhere', (family) => {
    test('goes on here as there, and the adapter that learned beside it fits that very file', async () => {
      const path = fileURLToPath(new URL(`../../fixtures/gguf/${family}.gguf`, import.meta.url));
      const db = await freshStorage();
      const base = await openFiles(db, [new File([readFileSync(path)], 'model.gguf')], {});
      const prompt = [...(await loadTokenizer(db, base.tokenizerId)).encode(TEXT)];
      const alone = await openLlamaCpp(path);
      const weights = await openWeights(db, base.id);
      await expectSame(alone, prompt, await greedily(base.model, tensorsOf(weights), prompt), 'gguf-f16');
      await alone.dispose();
      const id = await tunedModel(db, base, 'r', { adapter: { ...LORA, targets: loraTargets(base.model) } });
      const { blob, fileName } = await exportModel(db, id, 'gguf-lora');
      const adapter = join(folder, `${family}-elsewhere-lora.gguf`);
      writeFileSync(adapter, new Uint8Array(await blob!.arrayBuffer()));
      const chosen = await chosenHere(db, id, 'gguf-lora', new File([blob!], fileName), prompt);
      const together = await openLlamaCpp(path, adapter);
      await expectSame(together, prompt, chosen, 'gguf-lora');
      await together.dispose();
    });
  });
});
