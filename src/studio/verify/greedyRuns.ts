// Greedy continuations of fixed prompts by a model, which a saved file must repeat.
import { throwIfCancelled } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { parameterCount, type ModelShape } from '../../base/modelShape';
import type { TensorData } from '../../base/numbers/tensorData';
import { classTokens } from '../../data/tokens/classTokens';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { createGenerator, type TokenGenerator } from '../../engine/generation/decoder';
import { modelFor } from '../../engine/models/modelFor';
import { argmax } from '../../engine/generation/sample';
import { disposeWeights, uploadWeights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import { loadTokenizer } from '../models/tokenizers';
import type { DeviceShare, InTurn } from '../occupancy';
import { tensorsOf, type OpenWeights } from '../models/weights';

/** Beginnings in two scripts, long enough that attention has something to look at. */
const PROMPTS = ['Once upon a time there was a', 'The answer to the question is', '从前有一个'];
const TOKENS_EACH = 16;
/** Tokens of each that a classifier reads at most: one text for each of them, which ends there. */
const ENDS_EACH = 8;

export interface VerifyOptions {
  share: DeviceShare;
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
  { share, onProgress, signal }: VerifyOptions,
): Promise<{ spoken: GreedyRun[]; count: Count }> {
  const prompts = promptsOf(await loadTokenizer(db, weights.tokenizerId), weights.model);
  const unit = weights.model.classes ? 'rows' : 'tokens';
  const total = 2 * prompts.reduce((sum, p) => sum + tokensAfter(p, weights.model), 0);
  let done = 0;
  const count = (): void => onProgress?.({ phase: 'checking', done: ++done, total, unit });
  const spoken = await inTurns(share, weights.model, heard(tensorsOf(weights), signal), async (writer) => {
    const texts: GreedyRun[] = [];
    for (const p of prompts) texts.push(await speak(writer, p, tokensAfter(p, weights.model), count, signal));
    return texts;
  });
  return { spoken, count };
}

/**
 * The ids of the prompts, as long as the context has room for them and what follows; of a classifier each of their
 * beginnings, which is a text that it finds the class of.
 */
function promptsOf(tokenizer: Tokenizer, { contextLength, classes }: ModelShape): number[][] {
  if (classes)
    return PROMPTS.flatMap((text) => {
      const ids = classTokens(text, tokenizer).slice(0, Math.min(ENDS_EACH, contextLength));
      return ids.map((_, last) => ids.slice(0, last + 1));
    });
  const room = Math.max(1, contextLength - TOKENS_EACH);
  const begin = tokenizer.beginId ?? tokenizer.endId;
  return PROMPTS.map((text) => [begin, ...tokenizer.encode(text)].slice(0, room));
}

/** The last one is chosen and not read, so it needs no place in the context. Of a classifier it is a class. */
const tokensAfter = (prompt: number[], { contextLength, classes }: ModelShape): number =>
  classes ? 1 : Math.min(TOKENS_EACH, contextLength - prompt.length + 1);

/** A model that writes one token in each turn. */
export interface Writer {
  prefill(ids: number[]): Promise<Float32Array>;
  next(id: number): Promise<Float32Array>;
}

const writerOf = (generator: TokenGenerator, inTurn: InTurn): Writer => ({
  prefill: (ids) => inTurn(() => generator.prefill(ids)),
  next: (id) => inTurn(() => generator.next(id)),
});

/** Bytes of a number on the device. */
const F32 = 4;

/** A model that writes one token in each turn, with a place of its own on the device. */
export const inTurns = <T>(
  { inTurn, hold }: DeviceShare,
  model: ModelShape,
  tensors: AsyncIterable<TensorData>,
  work: (writer: Writer) => Promise<T>,
): Promise<T> =>
  hold(F32 * parameterCount(model), () => withModel(model, tensors, (generator) => work(writerOf(generator, inTurn))));

/** Uploads a model for some work, and frees it. */
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

/** Tensors whose reading ends when the person cancels. */
export async function* heard(
  tensors: AsyncIterable<TensorData>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TensorData> {
  for await (const tensor of tensors) {
    throwIfCancelled(signal);
    yield tensor;
  }
}

async function speak(
  writer: Writer,
  prompt: number[],
  tokens: number,
  count: Count,
  signal?: AbortSignal,
): Promise<GreedyRun> {
  const spoken: GreedyRun = { prompt, ids: [], logits: [] };
  let logits = await writer.prefill(prompt);
  for (;;) {
    throwIfCancelled(signal);
    count();
    spoken.logits.push(logits);
    spoken.ids.push(argmax(logits));
    if (spoken.ids.length === tokens) return spoken;
    logits = await writer.next(spoken.ids.at(-1)!);
  }
}
