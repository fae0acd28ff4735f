// llama.cpp as WebAssembly for a model's web page: loads the GGUF from its parts and writes answers, in one thread.
import { Wllama } from '@wllama/wllama/esm/index.js';
import wasmUrl from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import { LARGEST_CONTEXT } from '../../base/wire/guides';
import type { WebPageModel } from '../../base/wire/webPage';
import { wholeOrDropped } from './kept';

export interface PageTurn {
  role: 'user' | 'assistant';
  content: string;
}

export interface AnswerSpeed {
  tokens: number;
  perSecond: number;
}

/** llama.cpp itself. */
export const LLAMA_WASM = new URL(wasmUrl, location.href).href;

const silent = (): void => undefined;
const logger = { debug: silent, log: silent, warn: silent, error: silent };

/** The addresses of a model's parts: another one for each version, whatever the host keeps. */
export const partPaths = ({ parts, version }: WebPageModel): string[] =>
  parts.map(({ path }) => `${path}?version=${version}`);

/** The GGUF as one blob, which the browser may keep outside its memory. */
async function ggufOf(facts: WebPageModel, told: (share: number) => void): Promise<Blob> {
  const { parts } = facts;
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const blobs: Blob[] = [];
  let done = 0;
  for (const [i, path] of partPaths(facts).entries()) {
    const { bytes } = parts[i]!;
    blobs.push(await wholeOrDropped(path, bytes));
    told((done += bytes) / total);
  }
  return new Blob(blobs);
}

export class PageModel {
  private constructor(
    readonly facts: WebPageModel,
    private readonly llama: Wllama,
  ) {}

  /** @throws Error where a file cannot be had, or llama.cpp refuses the model */
  static async load(facts: WebPageModel, told: (share: number) => void): Promise<PageModel> {
    const gguf = await ggufOf(facts, told);
    const llama = new Wllama({ default: LLAMA_WASM }, { logger });
    llama.setCompat(null); // its build for old browsers lies on another host
    await llama.loadModel([gguf], {
      n_ctx: Math.min(facts.context, LARGEST_CONTEXT),
      n_threads: 1,
      n_gpu_layers: 0,
      n_parallel: 1,
      warmup: false,
      jinja: true,
      reasoning_format: 'none',
    });
    return new PageModel(facts, llama);
  }

  /**
   * Answers a conversation, or goes on with the last text where the model knows no conversations.
   * @param greedy takes the likeliest token each time
   * @returns how fast it was, as llama.cpp measured it; undefined where it does not say
   */
  async write(
    turns: readonly PageTurn[],
    greedy: boolean,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<AnswerSpeed | undefined> {
    const { sampling: s, chat } = this.facts;
    const asked = {
      max_tokens: s.maxTokens,
      temperature: greedy ? 0 : s.temperature,
      top_k: s.topK,
      top_p: s.topP,
      min_p: s.minP,
      repeat_penalty: s.repetitionPenalty,
      abortSignal: signal,
      stream: true as const,
    };
    let timings: Chunk['timings'];
    const onData = (chunk: Chunk): void => {
      const [choice] = chunk.choices;
      onText(choice?.text ?? choice?.delta?.content ?? '');
      timings = chunk.timings ?? timings;
    };
    if (chat) {
      await this.llama.createChatCompletion({ ...asked, messages: [...turns], onData });
    } else {
      await this.llama.createCompletion({ ...asked, prompt: turns.at(-1)!.content, onData });
    }
    return timings && timings.predicted_n > 1
      ? { tokens: timings.predicted_n, perSecond: timings.predicted_per_second }
      : undefined;
  }
}

/** Of a chunk of either kind of answer, what is read. */
interface Chunk {
  choices: { text?: string; delta?: { content?: string | null } }[];
  /** Of the last one. */
  timings?: { predicted_n: number; predicted_per_second: number };
}
