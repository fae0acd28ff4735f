// Compares a saved GGUF with its model in llama.cpp, which runs in a frame of its own.
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { AtelierError, untilCancelled } from '../../base/errors/errors';
import type { LlamaAnswer, LlamaQuestion, LlamaToken } from '../../base/wire/llama';
import type { Id } from '../../base/records/named';
import type { LlamaKind } from '../../base/wire/exportKinds';
import type { Verification } from '../../base/wire/requests';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { logSum } from '../../engine/generation/logitDistance';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { exportModel } from '../export/exportModel';
import { greedyRuns, type Count, type GreedyRun, type VerifyOptions } from './greedyRuns';
import { ggufInZip } from './readBack';
import { loadTokenizer } from '../models/tokenizers';
import { openWeights, type OpenWeights } from '../models/weights';

/** What is asked of the framed page; see workers/llama.api.ts. */
export interface LlamaCpp {
  load(model: Blob, adapter: Blob | undefined, contextLength: number): Promise<void>;
  next(question: LlamaQuestion): Promise<LlamaAnswer>;
  close(): Promise<void>;
}

/** Tokens of each place that are compared at most. */
const LIKELIEST = 64;
/** Logits of a file in 8 bits are apart from the model's by less. */
const ROUNDING = 0.5;

/**
 * Runs a saved GGUF in llama.cpp and compares it with the weights that it was made of: these choose 16 tokens after
 * each prompt, greedily, and llama.cpp, which reads the text so far with the tokenizer in the file, is asked at each
 * place what follows.
 * @throws llama-*, those of openWeights and of the zip, cancelled
 */
export async function verifyInLlama(
  db: AtelierDb,
  llama: LlamaCpp,
  weightsId: Id,
  kind: LlamaKind,
  file: File,
  options: VerifyOptions,
): Promise<Verification> {
  const { weights, model, adapter, spoken, count } = await whileReading(weightsId, async () => {
    const weights = await openWeights(db, weightsId);
    const files = await filesOf(db, weights, kind, file, options.signal);
    return { weights, ...files, ...(await greedyRuns(db, weights, options)) };
  });
  const askable = new Askable(await loadTokenizer(db, weights.tokenizerId));
  const sums: Verification = { tokens: 0, equalTokens: 0, largestDifference: 0, divergence: 0 };
  const compared = async (): Promise<void> => {
    await llama.load(model, adapter, weights.model.contextLength);
    for (const text of spoken) await follow(llama, askable, text, sums, count);
  };
  try {
    // a busy page cannot be cancelled: closing it ends its worker
    await untilCancelled(compared(), options.signal);
  } finally {
    await llama.close();
  }
  if (sums.tokens === 0) throw new AtelierError('llama-no-text');
  return { ...sums, divergence: sums.divergence / sums.tokens };
}

/** An adapter is loaded on its base, written for it in 16 bits. */
async function filesOf(
  db: AtelierDb,
  { base }: OpenWeights,
  kind: LlamaKind,
  file: File,
  signal?: AbortSignal,
): Promise<{ model: Blob; adapter?: Blob }> {
  if (kind === 'ollama') return { model: await blobOf(await ggufInZip(file)) };
  if (kind !== 'gguf-lora') return { model: file };
  const { blob } = await exportModel(db, base!.id, 'gguf-f16', { signal });
  return { model: blob!, adapter: file };
}

const PART_BYTES = 16 * 1024 * 1024;

/** Part by part, each of which the browser may keep outside its memory. */
async function blobOf(buffer: AsyncBuffer): Promise<Blob> {
  const parts: Blob[] = [];
  for (let at = 0; at < buffer.byteLength; at += PART_BYTES)
    parts.push(new Blob([await buffer.slice(at, at + PART_BYTES)]));
  return new Blob(parts);
}

/** Asks what follows at each place of a text; a place that cannot be asked about is left out. */
async function follow(
  llama: LlamaCpp,
  askable: Askable,
  { prompt, ids, logits }: GreedyRun,
  sums: Verification,
  count: Count,
): Promise<void> {
  for (const [at, id] of ids.entries()) {
    const read = [...prompt, ...ids.slice(0, at)];
    const question = askable.question(read, logits[at]!);
    count();
    if (!question) continue;
    const { promptTokens, likeliest } = await llama.next(question);
    if (promptTokens !== read.length)
      throw new AtelierError('llama-tokens', { text: question.rest, found: promptTokens, expected: read.length });
    add(sums, id, logits[at]!, likeliest);
  }
}

/**
 * What can be asked of llama.cpp in the browser: it takes text, not ids, and its answer must hold no broken characters.
 */
class Askable {
  readonly #plainId: number;
  /** Tokens that begin within a character. */
  readonly #broken: number[] = [];

  constructor(private readonly tokenizer: Tokenizer) {
    let plain: number | undefined;
    for (let id = 0; id < tokenizer.vocabSize; id++) {
      const bytes = tokenizer.bytesOf(id);
      if (!bytes || tokenizer.isSpecial(id)) continue;
      if (!isWhole(bytes)) this.#broken.push(id);
      else if (bytes.length > 0 && bytes.every(isLetter)) plain ??= id;
    }
    if (plain === undefined) throw new AtelierError('llama-no-text');
    this.#plainId = plain;
  }

  /** Undefined where the ids are not what their text is read as, or where a broken token may be the likeliest. */
  question([first, ...others]: number[], logits: Float32Array): LlamaQuestion | undefined {
    const rest = this.tokenizer.decode(others);
    const likeliest = this.#likeliest(logits);
    if (likeliest === 0 || this.tokenizer.encode(rest).join() !== others.join()) return undefined;
    return { begin: this.tokenizer.show(first!).text, rest, likeliest, plainId: this.#plainId };
  }

  /** How many tokens are likelier than every broken one, whatever rounding does. */
  #likeliest(logits: Float32Array): number {
    const bound = this.#broken.reduce((most, id) => Math.max(most, logits[id]!), -Infinity) + ROUNDING;
    return Math.min(
      LIKELIEST,
      logits.reduce((sum, v) => sum + Number(v > bound), 0),
    );
  }
}

const isLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);

/** UTF-8, but for a last character that is not there whole. */
function isWhole(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * The divergence is that of the distributions over the likeliest tokens and all others as one: with the whole
 * vocabulary at hand the divergence itself, else not more than it.
 */
function add(sums: Verification, id: number, logits: Float32Array, likeliest: LlamaToken[]): void {
  const total = logSum(logits);
  let [divergence, ours, theirs] = [0, 0, 0];
  for (const { id: token, logProbability } of likeliest) {
    const own = logits[token]! - total;
    sums.largestDifference = Math.max(sums.largestDifference, Math.abs(own - logProbability));
    divergence += Math.exp(own) * (own - logProbability);
    ours += Math.exp(own);
    theirs += Math.exp(logProbability);
  }
  const others = 1 - ours;
  if (likeliest.length < logits.length && others > 0)
    divergence += others * Math.log(others / Math.max(1 - theirs, Number.MIN_VALUE));
  sums.tokens++;
  if (likeliest[0]?.id === id) sums.equalTokens++;
  sums.divergence += Math.max(0, divergence);
}
