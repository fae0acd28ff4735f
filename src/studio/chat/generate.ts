// Text generation from a prompt, token by token, with its stop conditions. Prompts are made in prompts.ts, tokens
// drawn in engine/generation.
import type { ContextUse, Generated, Sampling } from '../../base/chat';
import { stream } from '../../base/numbers/rng';
import { TextStream, type Tokenizer } from '../../data/tokens/tokenizer';
import type { TokenGenerator } from '../../engine/generation/decoder';
import { drawToken, idsToDraw, type Logits } from '../../engine/generation/sample';
import { promptHash, type Prompt } from './prompts';

export interface GenerateParts {
  generator: TokenGenerator;
  tokenizer: Tokenizer;
  /** Runs GPU work in its turn between training steps. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Hears of each token that was drawn, with all logits [V] before it; these are read back only where it is set. */
  drawn?: (logits: Float32Array, id: number) => void;
}

/** How many latest tokens the repetition penalty looks at. */
const PENALTY_WINDOW = 64;

/**
 * Generates tokens after a prompt until a stop condition. The same prompt, sampling and weights give the same text. The
 * part of the prompt that the generator's cache holds is not computed again. When the context is full, a conversation
 * ends; a text continues after its last half is read again, which costs one pass per half context rather than one per
 * token.
 */
export async function generate(
  parts: GenerateParts,
  prompt: Prompt,
  stop: readonly string[],
  sampling: Sampling,
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<Generated> {
  const { generator, tokenizer, inTurn } = parts;
  const random = stream(sampling.seed, 'generate');
  const window = new Window(generator, prompt);
  const isText = prompt.droppedMessages === undefined;
  const written = new Written(tokenizer, isText, [...stop, ...(prompt.stop ?? [])], onText);
  const begun = performance.now();
  let first = begun;
  const finish = (stoppedBy: Generated['stoppedBy']): Generated => ({
    ...window.traced(written.finish(stoppedBy === 'stop'), sampling.maxTokens),
    tokens: window.written,
    promptMilliseconds: first - begun,
    milliseconds: performance.now() - first,
    stoppedBy,
    context: window.use,
  });

  const most = () => (parts.drawn ? undefined : idsToDraw(sampling, window.recent()));
  let logits = await inTurn(() => window.read(most()));
  first = performance.now();
  for (;;) {
    if (signal?.aborted) return finish('cancel');
    const id = drawToken(logits, sampling, window.recent(), random);
    if (logits instanceof Float32Array) parts.drawn?.(logits, id);
    if (prompt.ends.has(id)) return finish('end');
    window.ids.push(id);
    if (written.push(id)) return finish('stop');
    if (window.written >= sampling.maxTokens) return finish('length');
    if (window.full && !isText) return finish('full');
    logits = await inTurn(() => window.next(id, most()));
  }
}

/**
 * Where the tokens begin that a decoder holds when so many are written after a prompt; `Window` keeps to it. A full
 * context goes on with its last half.
 */
export function heldFrom(prompt: number, written: number, capacity: number): number {
  let from = Math.max(0, prompt - (capacity - 1));
  const half = Math.max(1, capacity >> 1);
  for (let total = prompt + 1; total <= prompt + written; total++)
    if (total - 1 - from >= capacity) from = total - half;
  return from;
}

/** All tokens of a prompt and what follows it, and the part of them that a decoder holds. */
class Window {
  readonly ids: number[];
  readonly use: ContextUse;
  readonly #prompt: number;

  constructor(
    private readonly generator: TokenGenerator,
    { ids, droppedMessages = 0 }: Prompt,
  ) {
    const { capacity } = generator;
    this.ids = Array.from(ids);
    this.#prompt = ids.length;
    const droppedTokens = Math.max(0, ids.length - (capacity - 1));
    this.use = { capacity, prompt: ids.length - droppedTokens, read: 0, droppedMessages, droppedTokens };
  }

  get written(): number {
    return this.ids.length - this.#prompt;
  }

  /** What was written, with the tokens of its pieces: what a stop text cut off has none. */
  traced(said: Said, maxTokens: number): Pick<Generated, 'text' | 'pieces' | 'trace'> {
    const prompt = this.ids.slice(0, this.#prompt);
    const ids = this.ids.slice(this.#prompt, this.#prompt + said.pieces.length);
    return { ...said, trace: { ids, maxTokens, promptHash: promptHash(prompt) } };
  }

  get full(): boolean {
    return this.generator.held.length >= this.generator.capacity;
  }

  recent(): number[] {
    return this.ids.slice(-PENALTY_WINDOW);
  }

  /** Reads the prompt, or as much of its end as fits. */
  read(most: number | undefined): Promise<Logits> {
    const seen = this.ids.slice(this.use.droppedTokens);
    const kept = commonStart(this.generator.held, seen);
    this.use.read = seen.length - kept;
    return this.generator.prefill(seen, most, kept);
  }

  next(id: number, most: number | undefined): Promise<Logits> {
    if (!this.full) return this.generator.next(id, most);
    const half = this.ids.slice(-Math.max(1, this.generator.capacity >> 1));
    this.use.droppedTokens = this.ids.length - half.length;
    return this.generator.prefill(half, most);
  }
}

type Said = Pick<Generated, 'text' | 'pieces'>;

/** How many tokens begin both; one of `ids` is left, whose logits are wanted. */
export function commonStart(held: readonly number[], ids: readonly number[]): number {
  const most = Math.min(held.length, ids.length - 1);
  let same = 0;
  while (same < most && held[same] === ids[same]) same++;
  return same;
}

/** What was written, as text and by token; text goes out as soon as it is sure. */
class Written {
  readonly #out: StopFilter;
  readonly #decoder: TextStream;
  readonly #pieces: string[] = [];

  /** @param continues the prompt's text, and so keeps a blank at its beginning */
  constructor(tokenizer: Tokenizer, continues: boolean, stop: readonly string[], onText: (text: string) => void) {
    this.#out = new StopFilter(stop, onText);
    this.#decoder = new TextStream(tokenizer, { charactersOnly: true, continues });
  }

  /** True when a stop text has appeared. */
  push(id: number): boolean {
    const piece = this.#decoder.push(id);
    this.#pieces.push(piece);
    return this.#out.push(piece);
  }

  finish(stopped: boolean): Said {
    if (!stopped) {
      const rest = this.#decoder.finish();
      if (rest) this.#pieces.push(this.#pieces.pop()! + rest);
      this.#out.push(rest);
    }
    this.#out.finish();
    const { text } = this.#out;
    return { text, pieces: cutTo(this.#pieces, text.length) };
  }
}

/** As many pieces as the text has, the last one cut where a stop text begins. */
function cutTo(pieces: readonly string[], length: number): string[] {
  let left = length;
  const cut = pieces.map((piece) => {
    const part = piece.slice(0, left);
    left -= part.length;
    return part;
  });
  return cut.slice(0, cut.findLastIndex(Boolean) + 1);
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
