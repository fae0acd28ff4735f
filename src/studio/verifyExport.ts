import { throwIfCancelled } from '../base/errors/errors';
import type { ModelConfig } from '../base/modelConfig';
import type { Id } from '../base/records';
import type { ExportKind, Verification } from '../base/requests';
import type { TensorData } from '../base/tensorData';
import type { Tokenizer } from '../data/tokenizer';
import { createDecoder, type Decoder } from '../engine/decoder';
import { modelFor } from '../engine/models/modelFor';
import { argmax } from '../engine/sample';
import { disposeWeights, uploadWeights } from '../engine/weights';
import type { AtelierDb } from '../storage/db';
import { readBack, tensorsBack } from './readBack';
import { loadTokenizer } from './tokenizers';
import { openWeights, tensorsOf } from './weights';

/** Beginnings in two scripts, long enough that attention has something to look at. */
const PROMPTS = ['Once upon a time there was a', 'The answer to the question is', '从前有一个'];
const TOKENS_EACH = 16;

/** Runs GPU work in its turn between training steps. */
type InTurn = <T>(work: () => Promise<T> | T) => Promise<T>;

/**
 * Reads an exported file back with our readers and runs it on the device beside the weights that it was made of, one after the
 * other: the weights choose 16 tokens after each prompt, greedily, and the file is asked what it would have chosen at each place.
 * Errors: those of reading it, of openWeights, cancelled.
 */
export async function verifyExport(
  db: AtelierDb,
  weightsId: Id,
  kind: ExportKind,
  file: File,
  inTurn: InTurn,
  signal?: AbortSignal,
): Promise<Verification> {
  const weights = await openWeights(db, weightsId);
  const back = await readBack(weights, kind, file);
  const prompts = promptsOf(await loadTokenizer(db, weights.tokenizerId), weights.model);
  const ours = await inTurn(() =>
    withModel(weights.model, tensorsOf(weights), async (decoder) => {
      const texts: Spoken[] = [];
      for (const prompt of prompts) texts.push(await speak(decoder, prompt, TOKENS_EACH, signal));
      return texts;
    }),
  );
  return inTurn(() => withModel(back.model, tensorsBack(back), (decoder) => compare(decoder, prompts, ours, signal)));
}

/** The ids of the prompts, as long as the context has room for them and what follows. */
function promptsOf(tokenizer: Tokenizer, { contextLength }: ModelConfig): number[][] {
  const room = Math.max(1, contextLength - TOKENS_EACH);
  const begin = tokenizer.beginId ?? tokenizer.endId;
  return PROMPTS.map((text) => [begin, ...tokenizer.encode(text)].slice(0, room));
}

async function withModel<T>(
  model: ModelConfig,
  tensors: AsyncIterable<TensorData>,
  work: (decoder: Decoder) => Promise<T>,
): Promise<T> {
  const weights = await uploadWeights(model, tensors);
  try {
    const decoder = createDecoder(modelFor(model, weights));
    try {
      return await work(decoder);
    } finally {
      decoder.dispose();
    }
  } finally {
    disposeWeights(weights);
  }
}

/** The tokens that the weights chose, and the logits from which they chose each. */
interface Spoken {
  ids: number[];
  logits: Float32Array[];
}

async function speak(decoder: Decoder, prompt: number[], count: number, signal?: AbortSignal): Promise<Spoken> {
  const spoken: Spoken = { ids: [], logits: [] };
  let logits = await decoder.prefill(prompt);
  for (;;) {
    throwIfCancelled(signal);
    spoken.logits.push(logits);
    spoken.ids.push(argmax(logits));
    if (spoken.ids.length === count || decoder.held.length === decoder.capacity) return spoken;
    logits = await decoder.next(spoken.ids.at(-1)!);
  }
}

async function compare(
  decoder: Decoder,
  prompts: number[][],
  ours: Spoken[],
  signal?: AbortSignal,
): Promise<Verification> {
  const sums: Verification = { tokens: 0, equalTokens: 0, largestDifference: 0, divergence: 0 };
  for (const [p, { ids, logits }] of ours.entries())
    for (const [i, id] of ids.entries()) {
      throwIfCancelled(signal);
      const found = await (i ? decoder.next(ids[i - 1]!) : decoder.prefill(prompts[p]!));
      sums.tokens++;
      if (argmax(found) === id) sums.equalTokens++;
      sums.largestDifference = Math.max(sums.largestDifference, largestDifference(found, logits[i]!));
      sums.divergence += divergence(logits[i]!, found);
    }
  return { ...sums, divergence: sums.divergence / sums.tokens };
}

/** NaN beside a number, which no file of ours should give, is as far away as can be. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!);
    largest = apart >= 0 ? Math.max(largest, apart) : Infinity;
  }
  return largest;
}

/** Σ p (log p − log q) of the distributions that two rows of logits are, in f64. Not below 0, whatever rounding says. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSum(p), logSum(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const own = p[i]! - logP;
    sum += Math.exp(own) * (own - (q[i]! - logQ));
  }
  return Math.max(0, sum);
}

function logSum(logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(logits.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}
