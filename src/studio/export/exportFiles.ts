import { DEFAULT_SAMPLING, type Sampling } from '../../base/chat';
import type { LoraShape } from '../../base/lora';
import type { OnProgress } from '../../base/wire/events';
import { parameterCount, type ParameterSpec } from '../../base/modelShape';
import type { ReadParameterRows, TensorSpec } from '../../base/numbers/tensorData';
import { writeGenerationConfig } from '../../formats/huggingFace/generationConfig';
import type { GgmlType } from '../../formats/gguf/ggml';
import { layoutGguf, writeGguf, type GgufEntry } from '../../formats/gguf/gguf';
import { ggufAdapterBytes, ggufAdapterEntries, ggufAdapterTensors } from '../../formats/gguf/ggufAdapter';
import { ggufEntries, sizeLabel, type GgufFacts } from '../../formats/gguf/ggufKeys';
import { ggufParts, ggufTensors } from '../../formats/gguf/ggufModel';
import { ggufTokenizer } from '../../formats/gguf/ggufTokenizer';
import { writeHfConfig, type HfDtype } from '../../formats/huggingFace/hfConfigWriting';
import { sliceParts } from '../../formats/huggingFace/modelTensors';
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  peftBytes,
  peftTensors,
  writeAdapterConfig,
} from '../../formats/adapters/peft';
import { mlxBytes, mlxTensors } from '../../formats/adapters/mlxAdapter';
import { layoutSafetensors, writeSafetensors } from '../../formats/huggingFace/safetensors';
import { WHOLE_FILE } from '../../formats/huggingFace/shards';
import { tensorPlan, type Slice } from '../../formats/huggingFace/tensorNames';
import { writePretrainedTokenizerConfig, writeTokenizerConfig } from '../../formats/huggingFace/tokenizerJson';
import type { ZipItem } from '../../formats/zip';
import type { ExportSource } from './exportSource';
import { tokenizerModelOf } from '../models/tokenizers';

/** An adapter, and where its parameters are. */
export interface ExportAdapter {
  lora: LoraShape;
  read: ReadParameterRows;
}

export function textItem(path: string, text: string): ZipItem {
  const bytes = new TextEncoder().encode(text);
  return { path, byteLength: bytes.length, bytes: [bytes] };
}

const HF_DTYPE: Record<ExportSource['dtype'], HfDtype> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** The merged model as transformers loads it, without its card. */
export function* modelItems(source: ExportSource, onProgress?: OnProgress): Generator<ZipItem> {
  const { weights, ids, dtype } = source;
  yield textItem('config.json', writeHfConfig(weights.model, ids, HF_DTYPE[dtype]));
  yield textItem('generation_config.json', writeGenerationConfig({ ...ids, ...samplingOf(source) }));
  yield* tokenizerItems(source);
  yield weightsItem(source, onProgress);
}

/** How it is sampled by those who are not told otherwise: as its own files ask, else as the studio does. */
export function samplingOf({ root }: ExportSource): Partial<Omit<Sampling, 'seed'>> {
  const { temperature, topK, topP, maxTokens } = DEFAULT_SAMPLING;
  return { temperature, topK, topP, maxTokens, ...root?.sampling };
}

/**
 * The tokenizer with the template of conversations, as transformers loads them; beside an adapter too, which may have
 * learned one.
 */
export function* tokenizerItems(source: ExportSource): Generator<ZipItem> {
  const { tokenizer, chatTemplate } = source;
  yield textItem('tokenizer.json', tokenizer.json);
  yield textItem('tokenizer_config.json', tokenizerConfig(source));
  if (chatTemplate !== undefined) yield textItem('chat_template.jinja', chatTemplate);
}

function tokenizerConfig({ tokenizer, running, weights, ids, root }: ExportSource): string {
  const { contextLength } = weights.model;
  if (tokenizer.kind !== 'pretrained') return writeTokenizerConfig(tokenizerModelOf(tokenizer), contextLength);
  const spelling = (id: number): string => running.show(id).text;
  const named = root?.templateTokens;
  const bos = named?.bos_token ?? (running.beginId === undefined ? undefined : spelling(running.beginId));
  // a chat model's tokenizer names the end of a turn: generation stops there whoever reads no generation_config.json
  return writePretrainedTokenizerConfig(
    {
      ...(bos !== undefined && { bos }),
      eos: spelling(ids.eot ?? ids.eos[0]!),
      pad: named?.pad_token ?? spelling(ids.pad),
    },
    contextLength,
  );
}

/** A tensor of the file and the rows of ours that it is. */
interface PlannedTensor extends TensorSpec {
  parameter: ParameterSpec;
  slice: Slice;
}

function weightsItem({ weights, rows, dtype }: ExportSource, onProgress?: OnProgress): ZipItem {
  const planned = tensorPlan(weights.model).flatMap(({ parameter, slices }) =>
    slices.map((slice): PlannedTensor => ({ name: slice.name, shape: slice.shape, dtype, parameter, slice })),
  );
  const layout = layoutSafetensors(planned);
  const bytes = writeSafetensors(layout, ({ parameter, slice }) => sliceParts(parameter, slice, rows, dtype));
  return { path: WHOLE_FILE, byteLength: layout.byteLength, bytes: counted(bytes, layout.byteLength, onProgress) };
}

/** Tells how much of a file has been written. */
async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  total: number,
  onProgress?: OnProgress,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const part of bytes) {
    done += part.length;
    onProgress?.({ phase: 'writing', done, total, unit: 'bytes' });
    yield part;
  }
}

/** The adapter as PEFT loads it, without its card; in `folder`, which ends with a slash. */
export function* adapterItems(source: ExportSource, adapter: ExportAdapter, folder = ''): Generator<ZipItem> {
  const { model } = source.weights;
  const base = { name: source.repository ?? source.root?.name, revision: source.hub?.revision };
  yield textItem(folder + ADAPTER_CONFIG, writeAdapterConfig(model, adapter.lora, base));
  const layout = layoutSafetensors(peftTensors(model, adapter.lora));
  const bytes = writeSafetensors(layout, (tensor) => peftBytes(tensor, adapter.read));
  yield { path: folder + ADAPTER_WEIGHTS, byteLength: layout.byteLength, bytes };
}

/** The adapter for mlx-lm to go on from. */
export function mlxAdapterItem({ weights }: ExportSource, { lora, read }: ExportAdapter, path: string): ZipItem {
  const layout = layoutSafetensors(mlxTensors(weights.model, lora));
  return { path, byteLength: layout.byteLength, bytes: writeSafetensors(layout, (tensor) => mlxBytes(tensor, read)) };
}

/** A whole file as chunks that follow each other. */
export interface StreamedFile {
  byteLength: number;
  bytes: AsyncIterable<Uint8Array>;
}

/** The merged model for llama.cpp, matrices in `type`. Errors: gguf-unwritable, gguf-tokenizer, float-overflow. */
export function ggufFile(source: ExportSource, type: GgmlType, onProgress?: OnProgress): StreamedFile {
  const { weights, rows, tokenizer, ids, chatTemplate } = source;
  const { model } = weights;
  const addBos = startsTexts(source);
  const [eosId] = ids.eos;
  const facts = {
    bosId: ids.bos,
    eosId: eosId!,
    eotId: ids.eot,
    padId: ids.pad,
    ...(addBos !== undefined && { addBos }),
    chatTemplate,
  };
  const entries = [
    ...ggufEntries(model, type, ggufFacts(source)),
    ...ggufTokenizer(tokenizer.json, model.vocabSize, facts, tokenizer.name),
  ];
  const layout = layoutGguf(entries, ggufTensors(model, type));
  const bytes = writeGguf(layout, (tensor) => ggufParts(tensor, rows));
  return { byteLength: layout.byteLength, bytes: counted(bytes, layout.byteLength, onProgress) };
}

/**
 * Whether llama.cpp puts the begin token before what it reads; undefined: as the tokenizer's own file says. A tokenizer
 * made here puts nothing before a text, the studio puts the end of another there. A conversation begins with its
 * template; llama.cpp leaves out its own token where that has one.
 */
function startsTexts({ tokenizer, chatTemplate }: ExportSource): boolean | undefined {
  return tokenizer.kind === 'pretrained' ? undefined : chatTemplate === undefined;
}

/**
 * The adapter alone for llama.cpp's `--lora`, F32, with the template that it learned where the file of its base has
 * none.
 */
export function ggufAdapterFile(source: ExportSource, adapter: ExportAdapter): StreamedFile {
  const { weights, givenTemplate, chatTemplate } = source;
  const { model } = weights;
  const template: GgufEntry[] = givenTemplate ? [['tokenizer.chat_template', 'string', chatTemplate!]] : [];
  const entries = [...ggufAdapterEntries(model, adapter.lora, ggufFacts(source)), ...template];
  const layout = layoutGguf(entries, ggufAdapterTensors(model, adapter.lora));
  async function* whole(tensor: (typeof layout.tensors)[number]) {
    yield await ggufAdapterBytes(tensor, adapter.read);
  }
  return { byteLength: layout.byteLength, bytes: writeGguf(layout, whole) };
}

const ggufFacts = ({ name, root, repository }: ExportSource): GgufFacts => ({
  name,
  ...(root?.licence !== undefined && { license: root.licence }),
  ...(repository !== undefined && { baseModel: repository }),
});

/** Letters and digits of any script stay; what file systems or shells act on becomes a dash. */
export const fileNameOf = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80) || 'model';

/**
 * As GGUF files are named: base, size, what it was tuned to, version, encoding, `LoRA`:
 * SmolLM2-135M-Instruct-fables-v1.0-Q8_0.gguf.
 */
export function ggufFileName({ name, run, root, weights }: ExportSource, encoding: GgmlType, adapter = false): string {
  const size = sizeLabel(parameterCount(weights.model));
  const origin = root && fileNameOf(root.name.split('/').at(-1)!);
  const [base, ...kind] = origin?.split(/-\d+(?:\.\d+)?[KMB](?=-|$)/i) ?? [fileNameOf(name)];
  const tuned = [...kind.map((part) => part.replace(/^-/, '')), ...(run && root ? [fileNameOf(run.name)] : [])];
  const parts = [base, size, ...tuned, 'v1.0', encoding, adapter ? 'LoRA' : ''];
  return `${parts.filter(Boolean).join('-')}.gguf`;
}
