import { describe, expect, test } from 'vitest';
import { DEFAULT_SAMPLING, type Sampling } from '../../../src/base/chat';
import { trainCharacters } from '../../../src/data/tokens/trainCharacters';
import { OwnTokenizer } from '../../../src/data/tokens/ownTokenizer';
import type { Tokenizer } from '../../../src/data/tokens/tokenizer';
import type { TokenGenerator } from '../../../src/engine/generation/decoder';
import { generate } from '../../../src/studio/chat/generate';
import { textPrompt } from '../../../src/studio/chat/prompts';

const ALPHABET = 'abcdefghij';

async function characters(): Promise<Tokenizer> {
  return new OwnTokenizer(await trainCharacters([ALPHABET]));
}

/** A model that always continues the alphabet: after `c` comes `d`, and after the last letter the end. */
class Alphabet implements TokenGenerator {
  held: number[] = [];
  /** What was read, without what was held. */
  readonly reads: number[][] = [];

  constructor(
    private readonly tokenizer: Tokenizer,
    readonly capacity: number,
    private readonly round = false,
  ) {}

  prefill(ids: ArrayLike<number>, _most?: number, kept = 0): Promise<Float32Array> {
    expect(this.held.slice(0, kept)).toEqual(Array.from(ids).slice(0, kept));
    this.reads.push(Array.from(ids).slice(kept));
    this.held = Array.from(ids);
    return this.#after(ids[ids.length - 1]!);
  }

  next(id: number): Promise<Float32Array> {
    expect(this.held.length).toBeLessThan(this.capacity);
    this.held.push(id);
    return this.#after(id);
  }

  dispose(): void {}

  #after(id: number): Promise<Float32Array> {
    const logits = new Float32Array(this.tokenizer.vocabSize).fill(-5);
    const letter = id === this.tokenizer.endId ? -1 : ALPHABET.indexOf(this.tokenizer.decode([id]));
    const following = ALPHABET[this.round ? (letter + 1) % ALPHABET.length : letter + 1];
    logits[following === undefined ? this.tokenizer.endId : this.tokenizer.encode(following)[0]!] = 5;
    return Promise.resolve(logits);
  }
}

async function run(patch: Partial<Sampling>, prompt: string, stop: string[] = [], capacity = 64, round = false) {
  const tokenizer = await characters();
  const generator = new Alphabet(tokenizer, capacity, round);
  const passed: string[] = [];
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0, ...patch };
  const asked = textPrompt(prompt, tokenizer, undefined);
  const result = await generate(partsOf(generator, tokenizer), asked, stop, sampling, (text) => passed.push(text));
  expect(passed.join('')).toBe(result.text);
  expect(result.pieces.join('')).toBe(result.text);
  return { ...result, generator, tokenizer };
}

const partsOf = (generator: TokenGenerator, tokenizer: Tokenizer) => ({
  generator,
  tokenizer,
  inTurn: <T>(work: () => Promise<T>) => work(),
});

describe('generation', () => {
  test('begins after the end token and ends with it', async () => {
    const { text, stoppedBy, tokens, generator, tokenizer, pieces, context } = await run({}, 'cd');
    expect(text).toBe('efghij');
    expect(pieces).toEqual(Array.from('efghij'));
    expect(context).toEqual({ capacity: 64, prompt: 3, read: 3, droppedMessages: 0, droppedTokens: 0 });
    expect({ stoppedBy, tokens }).toEqual({ stoppedBy: 'end', tokens: 6 });
    expect(generator.reads[0]).toEqual([tokenizer.endId, ...tokenizer.encode('cd')]);
  });

  test('stops before a stop text, even when it comes in pieces', async () => {
    const { text, stoppedBy } = await run({}, 'a', ['fgh']);
    expect({ text, stoppedBy }).toEqual({ text: 'bcde', stoppedBy: 'stop' });
  });

  test('gives out what only looked like the beginning of a stop text', async () => {
    const { text, stoppedBy } = await run({}, 'a', ['hijk']);
    expect({ text, stoppedBy }).toEqual({ text: 'bcdefghij', stoppedBy: 'end' });
  });

  test('stops at the length that was asked for', async () => {
    expect(await run({ maxTokens: 3 }, 'a')).toMatchObject({ text: 'bcd', tokens: 3, stoppedBy: 'length' });
  });

  test('goes on with the last half when the context is full', async () => {
    const { text, generator, context } = await run({ maxTokens: 20 }, 'a', [], 8, true);
    expect(text).toBe('bcdefghijabcdefghija');
    expect(context.droppedTokens).toBe(15); // three times five tokens: those that were full, one more, without its half
    expect(generator.reads.length).toBeGreaterThan(1);
    expect(generator.reads.slice(1).every((ids) => ids.length === 4)).toBe(true);
  });

  test('a prompt longer than the context keeps its end', async () => {
    const { text, generator, context } = await run({ maxTokens: 2 }, 'abcdefghijabcdefg', [], 8, true);
    expect(context).toMatchObject({ prompt: 7, droppedTokens: 11 });
    expect(generator.reads[0]).toHaveLength(7);
    expect(text).toBe('hi');
  });

  test('what the decoder holds of a prompt is not read again', async () => {
    const tokenizer = await characters();
    const generator = new Alphabet(tokenizer, 64);
    const ask = (prompt: string, maxTokens: number) => {
      const sampling = { ...DEFAULT_SAMPLING, temperature: 0, maxTokens };
      return generate(partsOf(generator, tokenizer), textPrompt(prompt, tokenizer, undefined), [], sampling, () => {});
    };
    expect(await ask('ab', 3)).toMatchObject({ text: 'cde', context: { prompt: 3, read: 3 } });
    expect(await ask('abcdef', 2)).toMatchObject({ text: 'gh', context: { prompt: 7, read: 2 } });
    expect(await ask('abcxxe', 2)).toMatchObject({ text: 'fg', context: { prompt: 7, read: 3 } }); // another way from the third on
    expect(await ask('ab', 1)).toMatchObject({ text: 'c', context: { prompt: 3, read: 1 } }); // its last token at least
  });

  test('a conversation ends where the context does', async () => {
    const tokenizer = await characters();
    const prompt = { ...textPrompt('a', tokenizer, undefined), droppedMessages: 2 };
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0 };
    const generator = new Alphabet(tokenizer, 6, true);
    const said = await generate(partsOf(generator, tokenizer), prompt, [], sampling, () => {});
    expect(said).toMatchObject({ text: 'bcdef', stoppedBy: 'full', context: { droppedMessages: 2, droppedTokens: 0 } });
  });

  test('the same seed gives the same text, another seed another', async () => {
    const warm = { temperature: 50, topK: 0, topP: 1, maxTokens: 30 };
    const [one, again, other] = await Promise.all([5, 5, 6].map((seed) => run({ ...warm, seed }, 'a')));
    expect(again!.text).toBe(one!.text);
    expect(other!.text).not.toBe(one!.text);
  });
});
