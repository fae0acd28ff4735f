// What runs an exported file, from what is known of its weights before it is written.
import { isWholeGguf, type ExportKind } from '../../base/wire/exportKinds';
import { markedName, type GuideFacts, type GuidesOfFile } from '../../base/wire/guides';
import { guidesFor, serverName } from '../../formats/guides/guides';
import { ggufFileName } from './exportName';
import { repositoryOf, type ExportOrigin } from './exportSource';

/** Bytes of a number of the cache, as llama.cpp, vLLM and transformers keep it unless told otherwise. */
const HALF = 2;

/** @param chat whether the exported model answers conversations */
export function guidesOf(origin: ExportOrigin, kind: ExportKind, file: string, chat: boolean): GuidesOfFile {
  return {
    guides: guidesFor(factsOf(origin, kind, markedName(file), chat)),
    context: origin.weights.model.contextLength,
    cacheBytes: cacheBytesOf(origin),
  };
}

/** Bytes of the keys and values of a whole context. */
export function cacheBytesOf({ weights }: ExportOrigin): number {
  const { contextLength, layers, kvHeads, headDim } = weights.model;
  return 2 * layers * kvHeads * headDim * contextLength * HALF;
}

function factsOf(origin: ExportOrigin, kind: ExportKind, file: string, chat: boolean): GuideFacts {
  const { weights, root, name } = origin;
  const facts = { kind, file, name: serverName(name), chat, context: weights.model.contextLength };
  if (kind === 'ollama') return { ...facts, gguf: ggufFileName(origin, 'Q8_0') };
  if (isWholeGguf(kind)) return { ...facts, gguf: file };
  if (!weights.adapter || (kind !== 'peft' && kind !== 'gguf-lora')) return facts;
  const base = repositoryOf(origin) ?? root?.name;
  return { ...facts, base, rank: weights.adapter.lora.rank, ...(kind === 'gguf-lora' && { gguf: file }) };
}
