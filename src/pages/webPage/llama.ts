// llama.cpp as WebAssembly for a model's web page: loads the GGUF from its parts and writes answers, in one thread.
import { Wllama } from '@wllama/wllama/esm/index.js';
import wasmUrl from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import type { WebPageModel } from '../../base/wire/webPage';
import { wholeOrDropped } from './kept';

export interface PageTurn {
  role: 'user' | 'assistant';
  content: string;
}

/** llama.cpp itself. */
export const LLAMA_WASM = new URL(wasmUrl, location.href).href;

const silent = (): void => undefined;
const logger = { debug: silent, log: silent, warn: silent, error: silent };

/** The cache of keys and values is allocated whole, so a long context is not asked for. */
const LARGEST_CONTEXT = 4096;

/** The GGUF as one blob, which the browser may keep outside its memory. */
async function ggufOf({ parts, version }: WebPageModel, told: (share: number) => void): Promise<Blob> {
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const blobs: Blob[] = [];
  let done = 0;
  for (const { path, bytes } of parts) {
    blobs.push(await wholeOrDropped(`${path}?version=${version}`, bytes));
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
   */
  async write(
    turns: readonly PageTurn[],
    greedy: boolean,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<void> {
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
    if (chat) {
      const onData = (chunk: Chunk): void => onText(chunk.choices[0]?.delta?.content ?? '');
      await this.llama.createChatCompletion({ ...asked, messages: [...turns], onData });
    } else {
      const onData = (chunk: Chunk): void => onText(chunk.choices[0]?.text ?? '');
      await this.llama.createCompletion({ ...asked, prompt: turns.at(-1)!.content, onData });
    }
  }
}

/** Of a chunk of either kind of answer, what is read. */
interface Chunk {
  choices: { text?: string; delta?: { content?: string | null } }[];
}
