import type { Generated, Sampling } from '../base/chat';
import { stream } from '../base/rng';
import { StreamingDecoder, type Tokenizer } from '../data/tokenizer';
import type { Decoder } from '../engine/decoder';
import { drawToken, idsToDraw } from '../engine/sample';
import type { Prompt } from './prompts';

export interface GenerateParts {
  decoder: Decoder;
  tokenizer: Tokenizer;
  /** Runs GPU work in its turn between training steps. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

/** How many latest tokens the repetition penalty looks at. */
const PENALTY_WINDOW = 64;

/**
 * Writes on from a prompt, token by token, until one that ends it. The same prompt, sampling and weights give the same text. When the context is full,
 * the last half of it is read again and the text goes on (a sliding window without recomputing every token).
 */
export async function generate(
  parts: GenerateParts,
  prompt: Prompt,
  stop: readonly string[],
  sampling: Sampling,
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<Generated> {
  const { decoder, tokenizer, inTurn } = parts;
  const { capacity } = decoder;
  const begun = performance.now();
  const random = stream(sampling.seed, 'generate');
  const ids = Array.from(prompt.ids);
  const promptLength = ids.length;
  const out = new StopFilter(stop, onText);
  const pieces = new StreamingDecoder(tokenizer);
  const finish = (stoppedBy: Generated['stoppedBy']): Generated => {
    if (stoppedBy !== 'stop') out.push(pieces.finish());
    out.finish();
    return { text: out.text, tokens: ids.length - promptLength, milliseconds: performance.now() - begun, stoppedBy };
  };

  const recent = () => ids.slice(-PENALTY_WINDOW);
  let logits = await inTurn(() => decoder.prefill(ids.slice(-(capacity - 1)), idsToDraw(sampling, recent())));
  while (ids.length - promptLength < sampling.maxTokens) {
    if (signal?.aborted) return finish('cancel');
    const id = drawToken(logits, sampling, recent(), random);
    if (prompt.ends.has(id)) return finish('end');
    ids.push(id);
    if (out.push(pieces.push(id))) return finish('stop');
    const full = decoder.held.length >= capacity;
    const most = idsToDraw(sampling, recent());
    logits = await inTurn(() =>
      full ? decoder.prefill(ids.slice(-Math.max(1, capacity >> 1)), most) : decoder.next(id, most),
    );
  }
  return finish('length');
}

/** Passes text on, but keeps back what may be the beginning of a stop text. */
class StopFilter {
  text = '';
  #held = '';
  #stopped = false;

  constructor(
    private readonly stop: readonly string[],
    private readonly onText: (text: string) => void,
  ) {}

  /** True when a stop text has appeared; nothing from it on is passed. */
  push(piece: string): boolean {
    this.#held += piece;
    const at = Math.min(
      ...this.stop
        .filter(Boolean)
        .map((s) => this.#held.indexOf(s))
        .filter((i) => i >= 0),
    );
    if (Number.isFinite(at)) {
      this.#pass(this.#held.slice(0, at));
      this.#held = '';
      this.#stopped = true;
    } else {
      const keep = this.#prefixLength();
      this.#pass(this.#held.slice(0, this.#held.length - keep));
      this.#held = this.#held.slice(this.#held.length - keep);
    }
    return this.#stopped;
  }

  finish(): void {
    this.#pass(this.#held);
    this.#held = '';
  }

  #pass(text: string): void {
    if (!text) return;
    this.text += text;
    this.onText(text);
  }

  /** The longest end of the held text that begins a stop text. */
  #prefixLength(): number {
    const longest = Math.max(0, ...this.stop.map((s) => s.length - 1));
    for (let n = Math.min(longest, this.#held.length); n > 0; n--) {
      const end = this.#held.slice(-n);
      if (this.stop.some((s) => s.startsWith(end))) return n;
    }
    return 0;
  }
}
