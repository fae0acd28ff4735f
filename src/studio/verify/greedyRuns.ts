// Greedy continuations of fixed prompts by a model, which a saved file must repeat.
import { throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { ModelShape } from '../../base/modelShape';
import type { TensorData } from '../../base/numbers/tensorData';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { createGenerator, type TokenGenerator } from '../../engine/generation/decoder';
import { modelFor } from '../../engine/models/modelFor';
import { argmax } from '../../engine/generation/sample';
import { disposeWeights, uploadWeights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import { loadTokenizer } from '../models/tokenizers';
import { tensorsOf, type OpenWeights } from '../models/weights';

/** Beginnings in two scripts, long enough that attention has something to look at. */
const PROMPTS = ['Once upon a time there was a', 'The answer to the question is', '从前有一个'];
const TOKENS_EACH = 16;

/** Runs GPU work in its turn between training steps. */
export type InTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

export interface VerifyOptions {
  inTurn: InTurn;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** What weights write after a prompt, greedily, and the logits from which they chose each token. */
export interface GreedyRun {
  prompt: number[];
  ids: number[];
  logits: Float32Array[];
}

/** One token more was computed. */
export type Count = () => void;

/**
 * The tokens that the weights choose after each prompt. `count` goes on as what is compared goes through the same
 * places.
 */
export async function greedyRuns(
  db: AtelierDb,
  weights: OpenWeights,
  { inTurn, onProgress, signal }: VerifyOptions,
): Promise<{ spoken: GreedyRun[]; count: Count }> {
  const prompts = promptsOf(await loadTokenizer(db, weights.tokenizerId), weights.model);
  const total = 2 * prompts.reduce((sum, p) => sum + tokensAfter(p, weights.model), 0);
  let done = 0;
  const count = (): void => onProgress?.({ phase: 'checking', done: ++done, total, unit: 'tokens' });
  const spoken = await inTurn(() =>
    withModel(weights.model, tensorsOf(weights), async (generator) => {
      const texts: GreedyRun[] = [];
      for (const p of prompts) texts.push(await speak(generator, p, tokensAfter(p, weights.model), count, signal));
      return texts;
    }),
  );
  return { spoken, count };
}

/** The ids of the prompts, as long as the context has room for them and what follows. */
function promptsOf(tokenizer: Tokenizer, { contextLength }: ModelShape): number[][] {
  const room = Math.max(1, contextLength - TOKENS_EACH);
  const begin = tokenizer.beginId ?? tokenizer.endId;
  return PROMPTS.map((text) => [begin, ...tokenizer.encode(text)].slice(0, room));
}

/** The last one is chosen and not read, so it needs no place in the context. */
const tokensAfter = (prompt: number[], { contextLength }: ModelShape): number =>
  Math.min(TOKENS_EACH, contextLength - prompt.length + 1);

export async function withModel<T>(
  model: ModelShape,
  tensors: AsyncIterable<TensorData>,
  work: (generator: TokenGenerator) => Promise<T>,
): Promise<T> {
  const weights = await uploadWeights(model, tensors);
  try {
    const generator = createGenerator(modelFor(model, weights));
    try {
      return await work(generator);
    } finally {
      generator.dispose();
    }
  } finally {
    disposeWeights(weights);
  }
}

async function speak(
  generator: TokenGenerator,
  prompt: number[],
  tokens: number,
  count: Count,
  signal?: AbortSignal,
): Promise<GreedyRun> {
  const spoken: GreedyRun = { prompt, ids: [], logits: [] };
  let logits = await generator.prefill(prompt);
  for (;;) {
    throwIfCancelled(signal);
    count();
    spoken.logits.push(logits);
    spoken.ids.push(argmax(logits));
    if (spoken.ids.length === tokens) return spoken;
    logits = await generator.next(spoken.ids.at(-1)!);
  }
}
