// The interface of the frame verify.html, where llama.cpp runs a saved file; the GPU worker sees types only.
import type { LlamaAnswer, LlamaQuestion } from '../src/base/wire/llama';

/**
 * What the framed page `verify.html` answers through its one port: llama.cpp as WebAssembly, in an opaque origin. In go
 * a saved file and texts, out come the tokens that llama.cpp would go on with. One model at a time.
 */
export interface LlamaApi {
  /**
   * Loads a GGUF, and an adapter on it where there is one.
   *
   * @throws llama-failed
   */
  load(model: Blob, adapter: Blob | undefined, contextLength: number): Promise<void>;
  /**
   * The tokens that follow a text.
   *
   * @throws llama-failed
   */
  next(question: LlamaQuestion): Promise<LlamaAnswer>;
  /** Frees the model, also one that is being loaded. */
  close(): Promise<void>;
}
