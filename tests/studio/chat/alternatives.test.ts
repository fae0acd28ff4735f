import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING, type Generated } from '../../../src/base/chat';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import type { Tokenizer } from '../../../src/data/tokens/tokenizer';
import { trainCharacters } from '../../../src/data/tokens/trainCharacters';
import { createGenerator, type TokenGenerator } from '../../../src/engine/generation/decoder';
import { Llama } from '../../../src/engine/models/llama';
import { uploadWeights } from '../../../src/engine/models/weights';
import { alternatives } from '../../../src/studio/chat/alternatives';
import { generate, heldFrom } from '../../../src/studio/chat/generate';
import { promptHash, type Prompt } from '../../../src/studio/chat/prompts';
import { testCpu } from '../../cpu';
import { golden } from '../../fixtures/goldens';

const ALPHABET = 'abcdefghij';
let tokenizer: Tokenizer;
beforeAll(async () => {
  await testCpu();
  tokenizer = new OwnTokenizer(await trainCharacters([ALPHABET]));
});

const promptOf = (ids: number[]): Prompt => ({ ids, ends: new Set() });
const traceOf = (prompt: number[], ids: number[]) => ({ ids, maxTokens: 64, promptHash: promptHash(prompt) });
const inTurn = <T>(work: () => Promise<T>) => work();

/** Says which tokens each draw saw; every token is as likely as its id is high. */
class Recorder implements TokenGenerator {
  held: number[] = [];
  readonly seen: number[][] = [];
  constructor(readonly capacity: number) {}
  prefill(ids: ArrayLike<number>): Promise<Float32Array> {
    this.held = Array.from(ids);
    return this.#logits();
  }
  next(id: number): Promise<Float32Array> {
    this.held.push(id);
    return this.#logits();
  }
  dispose(): void {}
  #logits(): Promise<Float32Array> {
    this.seen.push([...this.held]);
    return Promise.resolve(Float32Array.from({ length: tokenizer.vocabSize }, () => 0));
  }
}

describe('the alternatives of a token', () => {
  test.each([
    ['odd', 1],
    ['odd', 9],
    ['grouped', 4],
  ] as const)('are what transformers computes there: %s, after %i tokens of prompt', async (name, length) => {
    const g = golden(name);
    const { vocabSize, contextLength } = g.model;
    const all = Array.from(g.ints('inputs').slice(0, contextLength));
    const generator = createGenerator(new Llama(g.model, await uploadWeights(g.model, g.parameters('weight'))));
    const [prompt, ids] = [all.slice(0, length), all.slice(length)];
    // the cache holds more of the answer at first, then less
    for (const at of [ids.length - 1, 0, 1, ids.length - 1]) {
      const parts = { generator, tokenizer, inTurn };
      const found = await alternatives(parts, promptOf(prompt), { trace: traceOf(prompt, ids), at });
      const row = g.floats('logits').slice((length + at - 1) * vocabSize, (length + at) * vocabSize);
      const whole = row.reduce((sum, v) => sum + Math.exp(v), 0);
      const order = Array.from(row.keys()).sort((a, b) => row[b]! - row[a]!);
      expect(found.likeliest.map(({ id }) => id)).toEqual(order.slice(0, 5));
      for (const { id, probability } of [...found.likeliest, found.drawn])
        expect(Math.abs(probability / (Math.exp(row[id]!) / whole) - 1)).toBeLessThan(1e-4);
      expect(found.drawn).toMatchObject({ id: ids[at], rank: 1 + order.indexOf(ids[at]!) });
    }
    generator.dispose();
  });

  test('are those after exactly the tokens that each draw saw, also where the context was full', async () => {
    const asked = promptOf(Array.from(tokenizer.encode('abcdefg')));
    const sampling = { ...DEFAULT_SAMPLING, topK: 0, topP: 1, maxTokens: 40, seed: 3 };
    for (const capacity of [5, 8, 64]) {
      const writing = new Recorder(capacity);
      const said = await generate({ generator: writing, tokenizer, inTurn }, asked, [], sampling, () => undefined);
      const { trace } = said as Required<Generated>;
      expect(said.pieces).toEqual(trace.ids.map((id) => tokenizer.decode([id])));
      for (const at of trace.ids.keys()) {
        const reading = new Recorder(capacity);
        await alternatives({ generator: reading, tokenizer, inTurn }, asked, { trace, at });
        expect(reading.seen).toEqual([writing.seen[at]]);
      }
    }
  });

  test('are refused where another prompt stands before the answer', async () => {
    const parts = { generator: new Recorder(64), tokenizer, inTurn };
    const trace = traceOf([1, 2, 3], [4]);
    await expect(alternatives(parts, promptOf([1, 3, 2]), { trace, at: 0 })).rejects.toMatchObject({
      code: 'answer-context-changed',
    });
    expect(heldFrom(3, 0, 64)).toBe(0);
  });
});
