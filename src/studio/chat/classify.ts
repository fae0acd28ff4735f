// Which classes a classifier sees in texts, with their probabilities. It holds no weights: loadedModels.ts does.
import type { Classified } from '../../base/wire/classes';
import { throwIfCancelled } from '../../base/errors/errors';
import { device } from '../../engine/device/currentDevice';
import type { Model } from '../../engine/models/model';
import { uploadIds } from '../../engine/models/tokenInput';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { classTokens } from '../../data/tokens/classTokens';

interface Classifying {
  model: Model;
  tokenizer: Tokenizer;
  /** Waits for its turn on the device. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * The probabilities of the classes of each text: of one class to a text they sum to 1, of several each stands alone. A
 * text longer than the model's context loses its end, as in training.
 * @throws cancelled
 */
export async function classify(
  { model, tokenizer, inTurn }: Classifying,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Classified[]> {
  const { classes, contextLength } = model.shape;
  const found: Classified[] = [];
  for (const text of texts) {
    throwIfCancelled(signal);
    const tokens = classTokens(text, tokenizer);
    const ids = tokens.slice(0, contextLength);
    const logits = ids.length ? await inTurn(() => lastLogits(model, ids)) : classes!.names.map(() => 0);
    found.push({
      probabilities: classes!.several ? logits.map(sigmoid) : softmax(logits),
      tokens: tokens.length,
      ...(ids.length < tokens.length && { cut: tokens.length - ids.length }),
    });
  }
  return found;
}

/** Logits of the classes after the last token. Sync point. */
async function lastLogits(model: Model, ids: readonly number[]): Promise<number[]> {
  const classes = model.shape.classes!.names.length;
  const { input, dispose } = uploadIds(Int32Array.from(ids), 1, ids.length);
  const logits = model.logits(input);
  const reading = device().read(logits, 4 * (ids.length - 1) * classes, 4 * classes);
  logits.dispose();
  dispose();
  return [...new Float32Array(await reading)];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - top));
  const sum = exps.reduce((total, e) => total + e, 0);
  return exps.map((e) => e / sum);
}
