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

/** Texts of a pass at most, and its tokens with what fills the shorter texts up: no token sees what is behind it. */
const [MOST_TEXTS, PASS_TOKENS] = [16, 2048];

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
  const { contextLength } = model.shape;
  const { names, several } = model.shape.classes!;
  const tokens = texts.map((text) => classTokens(text, tokenizer));
  const ids = tokens.map((all) => all.slice(0, contextLength));
  const logits = ids.map(() => names.map(() => 0)); // of a text without a token
  for (const pass of passesOf(ids)) {
    throwIfCancelled(signal);
    const found = await inTurn(() =>
      lastLogits(
        model,
        names.length,
        pass.map((text) => ids[text]!),
      ),
    );
    pass.forEach((text, i) => (logits[text] = found[i]!));
  }
  return logits.map((of, text) => {
    const [all, cut] = [tokens[text]!.length, tokens[text]!.length - ids[text]!.length];
    return { probabilities: several ? of.map(sigmoid) : softmax(of), tokens: all, ...(cut > 0 && { cut }) };
  });
}

/** The places of the texts of each pass. Those of about one length share one, so that little is filled up. */
function passesOf(ids: readonly (readonly number[])[]): number[][] {
  const lengthOf = (text: number): number => ids[text]!.length;
  const order = [...ids.keys()].filter((text) => lengthOf(text) > 0).sort((a, b) => lengthOf(a) - lengthOf(b));
  const passes: number[][] = [];
  for (const text of order) {
    const last = passes.at(-1);
    const fits = last && last.length < MOST_TEXTS && (last.length + 1) * lengthOf(text) <= PASS_TOKENS;
    if (fits) last.push(text);
    else passes.push([text]);
  }
  return passes;
}

/** Logits of the classes after the last token of each text. Sync point. */
async function lastLogits(model: Model, classes: number, texts: readonly (readonly number[])[]): Promise<number[][]> {
  const length = Math.max(...texts.map((ids) => ids.length));
  const filled = new Int32Array(texts.length * length);
  texts.forEach((ids, i) => filled.set(ids, i * length));
  const { input, dispose } = uploadIds(filled, texts.length, length);
  const logits = model.logits(input);
  const readings = texts.map((ids, i) =>
    device().read(logits, 4 * (i * length + ids.length - 1) * classes, 4 * classes),
  );
  logits.dispose();
  dispose();
  return (await Promise.all(readings)).map((bytes) => [...new Float32Array(bytes)]);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const exps = logits.map((logit) => Math.exp(logit - top));
  const sum = exps.reduce((total, e) => total + e, 0);
  return exps.map((e) => e / sum);
}
