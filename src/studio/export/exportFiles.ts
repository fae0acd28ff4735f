// The files of a whole model as transformers reads them, without its card.
import { DEFAULT_SAMPLING, type Sampling } from '../../base/chat';
import type { Thresholds } from '../../base/wire/classes';
import type { OnProgress } from '../../base/wire/events';
import type { ParameterSpec } from '../../base/modelShape';
import type { TensorSpec } from '../../base/numbers/tensorData';
import { writeGenerationConfig } from '../../formats/huggingFace/generationConfig';
import { writeHfConfig, type HfDtype } from '../../formats/huggingFace/hfConfigWriting';
import { sliceParts } from '../../formats/huggingFace/modelTensors';
import { layoutSafetensors, writeSafetensors } from '../../formats/huggingFace/safetensors';
import { WHOLE_FILE } from '../../formats/huggingFace/shards';
import { tensorPlan, type Slice } from '../../formats/huggingFace/tensorNames';
import { writePretrainedTokenizerConfig, writeTokenizerConfig } from '../../formats/huggingFace/tokenizerJson';
import type { ZipItem } from '../../formats/zip';
import type { ExportSource } from './exportSource';
import { tokenizerModelOf } from '../models/tokenizers';

export function textItem(path: string, text: string): ZipItem {
  const bytes = new TextEncoder().encode(text);
  return { path, byteLength: bytes.length, bytes: [bytes] };
}

const HF_DTYPE: Record<ExportSource['dtype'], HfDtype> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/** The model with its adapter merged in. */
export function* modelItems(source: ExportSource, onProgress?: OnProgress): Generator<ZipItem> {
  const { weights, ids, dtype } = source;
  yield textItem('config.json', writeHfConfig(weights.model, ids, HF_DTYPE[dtype], thresholdsOf(source)));
  if (!weights.model.classes)
    yield textItem('generation_config.json', writeGenerationConfig({ ...ids, ...samplingOf(source) }));
  yield* tokenizerItems(source);
  yield weightsItem(source, onProgress);
}

/** Of a classifier, as a person or its own files chose them. */
export const thresholdsOf = ({ run, root }: ExportSource): Thresholds | undefined => (run ?? root)?.thresholds;

/** The default sampling: as the model's own files ask, else as the studio samples. */
export function samplingOf({ root }: ExportSource): Partial<Omit<Sampling, 'seed'>> {
  const { temperature, topK, topP, maxTokens } = DEFAULT_SAMPLING;
  return { temperature, topK, topP, maxTokens, ...root?.sampling };
}

/**
 * The tokenizer with the chat template, as transformers loads them. An adapter has them too: it may have learned one.
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
  const pad = named?.pad_token ?? (ids.pad === undefined ? undefined : spelling(ids.pad));
  // a chat model's tokenizer names the end of a turn, so that programs without generation_config.json stop there too
  return writePretrainedTokenizerConfig(
    {
      ...(bos !== undefined && { bos }),
      eos: spelling(ids.eot ?? ids.eos[0]!),
      ...(pad !== undefined && { pad }),
    },
    contextLength,
  );
}

/** A tensor of the file, and which rows of a parameter it holds. */
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

/** Reports how much of a file has been written. */
export async function* counted(
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
