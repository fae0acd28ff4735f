// The script of verify.html: runs llama.cpp as WebAssembly on one saved file. It reaches nothing of ours but a port.
import { Wllama } from '@wllama/wllama/esm/index.js';
import wasmUrl from '@wllama/wllama/esm/wasm/wllama.wasm?url';
import type { LlamaApi } from '../../../workers/llama.api';
import { serve } from '../../../workers/wire';
import { AtelierError } from '../../base/errors/errors';
import type { LlamaAnswer, LlamaQuestion } from '../../base/wire/llama';

/**
 * wllama starts its worker as a module, which Chromium loads from no blob of an opaque origin; its code is a classic
 * script as well. It makes the worker from text, so this page asks for no Trusted Types.
 */
self.Worker = class extends Worker {
  constructor(script: string | URL) {
    super(script, { type: 'classic' });
  }
};

/** Of the server's answer, what wllama's own types leave out. */
interface Completion {
  choices: { logprobs: { content: { top_logprobs: { id: number; logprob: number }[] }[] } | null }[];
  usage: { prompt_tokens: number };
}
interface Server {
  createCompletion(options: object): Promise<unknown>;
}

const silent = (): void => undefined;
const logger = { debug: silent, log: silent, warn: silent, error: silent };

/** wllama names the files that it is given by their place. */
const SECOND_FILE = 'models/model-00002-of-00002.gguf';

let llama: Wllama | undefined;

async function close(): Promise<void> {
  const open = llama;
  llama = undefined;
  await open?.exit();
}

/** In one thread of the CPU, and in f32 what may be: what differs is the file or the program, not the device. */
async function load(model: Blob, adapter: Blob | undefined, contextLength: number): Promise<void> {
  await close();
  llama = new Wllama({ default: new URL(wasmUrl, location.href).href }, { logger });
  llama.setCompat(null); // its build for old browsers lies on another host
  await llama.loadModel(adapter ? [model, adapter] : [model], {
    n_ctx: contextLength,
    n_threads: 1,
    n_gpu_layers: 0,
    n_parallel: 1,
    cache_type_k: 'f32',
    cache_type_v: 'f32',
    flash_attn: false,
    warmup: false,
    ...(adapter && { lora_adapters: [{ path: SECOND_FILE }] }),
  });
}

/**
 * One token after a text. The probabilities are those before sampling, so what is written does not touch them; it is a
 * plain token, since wllama breaks on text that is no UTF-8.
 */
async function next({ begin, rest, likeliest, plainId }: LlamaQuestion): Promise<LlamaAnswer> {
  if (!llama) throw new Error('no model is loaded');
  const server: Server = llama;
  const answer = (await server.createCompletion({
    prompt: llama.mustAddBosToken() ? rest : begin + rest,
    max_tokens: 1,
    temperature: 0,
    logprobs: likeliest,
    logit_bias: [[plainId, 1000]],
  })) as Completion;
  const place = answer.choices[0]?.logprobs?.content[0]?.top_logprobs ?? [];
  return {
    promptTokens: answer.usage.prompt_tokens,
    likeliest: place.map(({ id, logprob }) => ({ id, logProbability: logprob })),
  };
}

/** What llama.cpp or the browser said, in our words. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    await close();
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    throw new AtelierError('llama-failed', { detail }, { cause: thrown });
  }
}

const api: LlamaApi = {
  load: (model, adapter, contextLength) => told(load(model, adapter, contextLength)),
  next: (question) => told(next(question)),
  close,
};

/** The studio's first message brings the port; there is no second. */
addEventListener(
  'message',
  ({ ports: [port], source }) => {
    if (port && source === parent) serve(api, port);
  },
  { once: true },
);

// The studio waits for this before it sends the port; it is the same for every page that frames this one.
parent.postMessage('ready', '*');
