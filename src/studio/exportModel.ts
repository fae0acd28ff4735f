import { DEFAULT_SAMPLING } from '../base/chat';
import { sizeOf } from '../base/dtype';
import type { OnProgress } from '../base/events';
import type { ModelConfig, ParameterSpec } from '../base/modelConfig';
import type { CheckpointManifest, Id, RunRecord } from '../base/records';
import type { ExportResult } from '../base/requests';
import type { TensorSpec } from '../base/tensorData';
import type { TokenizerModel } from '../base/tokenizerModel';
import { writeGenerationConfig } from '../formats/generationConfig';
import { writeHfConfig } from '../formats/hfConfigWriting';
import { writeModelCard } from '../formats/modelCard';
import { sliceParts, type ReadRows } from '../formats/modelTensors';
import { layoutSafetensors, writeSafetensors } from '../formats/safetensors';
import { WHOLE_FILE } from '../formats/shards';
import { tensorPlan, type Slice } from '../formats/tensorNames';
import { writeTokenizerConfig, writeTokenizerJson } from '../formats/tokenizerJson';
import { writeZip, type ZipItem } from '../formats/zip';
import { openCheckpoint } from '../storage/checkpoints';
import type { OpenCheckpoint } from '../storage/checkpointReading';
import type { AtelierDb } from '../storage/db';
import { getRun } from '../storage/runs';
import { getTokenizer } from '../storage/tokenizers';
import { tokenizerModelOf } from './tokenizers';

/** A tensor of the file and the rows of ours that it is. */
interface PlannedTensor extends TensorSpec {
  parameter: ParameterSpec;
  slice: Slice;
}

/**
 * The weights of a checkpoint as a zip that transformers loads, and this studio imports again: into
 * `target` where the person chose a file, else as a blob. Part of one tensor at a time is in memory, and each chunk is checked
 * against its hash. Errors: checkpoint-missing, checkpoint-damaged, tokenizer-missing, cancelled.
 */
export async function exportModel(
  db: AtelierDb,
  checkpointId: Id,
  target?: WritableStream<Uint8Array>,
  onProgress?: OnProgress,
  signal?: AbortSignal,
  exportedAt = new Date(),
): Promise<ExportResult> {
  const collected = target ? undefined : new BlobParts();
  const out = new Counted(target ?? collected!.stream);
  try {
    const checkpoint = await openCheckpoint(db, checkpointId);
    const run = await getRun(db, checkpoint.manifest.runId);
    const tokenizer = tokenizerModelOf(await getTokenizer(db, checkpoint.manifest.tokenizerId));
    const items = zipItems(checkpoint, run, tokenizer, exportedAt, onProgress);
    await writeZip(out.stream, items, exportedAt, signal);
    const fileName = `${fileNameOf(run.name)}-step${checkpoint.manifest.step}.zip`;
    return { fileName, bytes: out.bytes, ...(collected && { blob: collected.blob('application/zip') }) };
  } catch (thrown) {
    await out.stream.abort(thrown).catch(() => undefined); // writeZip has aborted it already, unless it never began
    throw thrown;
  }
}

/** Letters and digits of any script stay; what file systems or shells act on becomes a dash. */
const fileNameOf = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 80) || 'model';

function* zipItems(
  checkpoint: OpenCheckpoint,
  run: RunRecord,
  tokenizer: TokenizerModel,
  exportedAt: Date,
  onProgress?: OnProgress,
): Generator<ZipItem> {
  const { manifest } = checkpoint;
  const { model } = manifest;
  const { temperature, topK, topP, maxTokens } = DEFAULT_SAMPLING;
  const { endId } = tokenizer;
  const ids = { eos: [endId], bos: endId, pad: endId };
  yield textItem('README.md', cardOf(manifest, run, tokenizer, exportedAt));
  yield textItem('config.json', writeHfConfig(model, ids));
  yield textItem('generation_config.json', writeGenerationConfig({ ...ids, temperature, topK, topP, maxTokens }));
  yield textItem('tokenizer.json', writeTokenizerJson(tokenizer));
  yield textItem('tokenizer_config.json', writeTokenizerConfig(tokenizer, model.contextLength));
  yield weightsItem(checkpoint, onProgress);
}

function textItem(path: string, text: string): ZipItem {
  const bytes = new TextEncoder().encode(text);
  return { path, byteLength: bytes.length, bytes: [bytes] };
}

function weightsItem(checkpoint: OpenCheckpoint, onProgress?: OnProgress): ZipItem {
  const layout = layoutSafetensors(plannedTensors(checkpoint.manifest.model));
  const read = rowsOf(checkpoint);
  let done = layout.header.length;
  async function* counted({ parameter, slice }: PlannedTensor): AsyncGenerator<Uint8Array> {
    for await (const part of sliceParts(parameter, slice, read, 'F32')) {
      done += part.length;
      onProgress?.({ phase: 'writing', done, total: layout.byteLength, unit: 'bytes' });
      yield part;
    }
  }
  return { path: WHOLE_FILE, byteLength: layout.byteLength, bytes: writeSafetensors(layout, counted) };
}

const plannedTensors = (model: ModelConfig): PlannedTensor[] =>
  tensorPlan(model).flatMap(({ parameter, slices }) =>
    slices.map((slice) => ({ name: slice.name, shape: slice.shape, dtype: 'F32', parameter, slice })),
  );

/** Rows of the weights of a checkpoint, which are f32 and contiguous: each request is one range of bytes. */
function rowsOf({ manifest, buffer }: OpenCheckpoint): ReadRows {
  const weights = new Map(manifest.tensors.filter((t) => t.role === 'weight').map((t) => [t.name, t]));
  return async (parameter, row, rows) => {
    const weight = weights.get(parameter);
    if (!weight) throw new RangeError(`the checkpoint has no weight ${parameter}`);
    const rowBytes = 4 * sizeOf(weight.shape.slice(1));
    const start = weight.offset + row * rowBytes;
    return new Float32Array(await buffer.slice(start, start + rows * rowBytes));
  };
}

function cardOf(manifest: CheckpointManifest, run: RunRecord, tokenizer: TokenizerModel, exportedAt: Date): string {
  const { model, step, tokens, trainLoss, validationLoss, bestValidationLoss, config, weightsSha256 } = manifest;
  return writeModelCard({
    name: run.name,
    model,
    tokenizer,
    origin: originOf(run),
    datasetNames: run.datasetNames,
    step,
    tokens,
    trainLoss,
    validationLoss,
    bestValidationLoss,
    config,
    weightsSha256,
    exportedAt,
  });
}

function originOf({ origin }: RunRecord) {
  if (origin.kind === 'scratch') return 'scratch';
  if (origin.kind === 'checkpoint') return { tunedFrom: `${origin.runName}, step ${origin.step}` };
  return { importedFrom: origin.kind === 'model' ? origin.name : origin.source };
}

/** Counts what goes into a stream. */
class Counted {
  bytes = 0;
  readonly stream: WritableStream<Uint8Array>;

  constructor(target: WritableStream<Uint8Array>) {
    const writer = target.getWriter();
    this.stream = new WritableStream({
      write: (chunk) => {
        this.bytes += chunk.byteLength;
        return writer.write(chunk);
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
  }
}

/** Collects a file where it cannot be written to disk. Blobs of blobs: the browser may keep them outside its memory. */
class BlobParts {
  readonly #parts: Blob[] = [];
  readonly stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (chunk) => void this.#parts.push(new Blob([chunk])),
  });

  blob(type: string): Blob {
    return new Blob(this.#parts, { type });
  }
}
