// The weights of a checkpoint or a stored model, read row by row in f32, with or without the adapter added in.
import { BYTES_OF, isBlockType, sizeOf } from '../../base/numbers/dtype';
import { AtelierError } from '../../base/errors/errors';
import {
  loraAName,
  loraBName,
  loraPlaces,
  loraScale,
  tokenRowsName,
  type LoraPlace,
  type LoraShape,
} from '../../base/lora';
import { parameterSpecs, SCORE, scoreSpecs, type ModelShape } from '../../base/modelShape';
import type { Adaptation, FrozenPrecision, ModelRecord, Notice } from '../../base/records/model';
import type { Id } from '../../base/records/named';
import type { ReadParameterRows, TensorData, TensorSpec } from '../../base/numbers/tensorData';
import type { AsyncBuffer } from '../../base/numbers/asyncBuffer';
import { freshTensor } from '../../engine/models/weights';
import { isFloat } from '../../formats/floats';
import { decodeGgml } from '../../formats/gguf/ggml';
import { openCheckpoint } from '../../storage/checkpoints';
import type { OpenCheckpoint } from '../../storage/checkpointReading';
import type { AtelierDb } from '../../storage/db';
import { listModels, openModel } from '../../storage/models';

/** Weights to chat with, tune or export: of a pretrained model, or of a checkpoint with or without a base. */
export interface OpenWeights {
  model: ModelShape;
  tokenizerId: Id;
  /** The kept model that they are, or that their adapter needs. */
  base?: ModelRecord;
  /** Absent for a kept model itself. */
  checkpoint?: OpenCheckpoint;
  /** Parameters of the base, without the adapter: a model with new tokens has more rows of some. */
  read: ReadParameterRows;
  adapter?: { lora: Adaptation; read: ReadParameterRows };
}

/** The notice that a weight of this model is infinite in 16 bits. */
export const beyondHalves = ({ notices }: Pick<ModelRecord, 'notices'>): Notice | undefined =>
  notices?.find(({ code }) => code === 'base-beyond-halves');

/** The precision of a pretrained model on the GPU by default: 16 bits where its files have no more, and they do. */
export const ownPrecision = (record: Pick<ModelRecord, 'tensors' | 'notices' | 'gguf'>): FrozenPrecision =>
  isNarrow(record) && !beyondHalves(record) ? 'f16' : 'f32';

/** A GGUF has its vectors in 32 bits whatever its matrices have, and may store some of them in more than the rest. */
const isNarrow = ({ tensors, gguf }: Pick<ModelRecord, 'tensors' | 'gguf'>): boolean =>
  gguf ? Object.keys(gguf.types)[0] !== 'F32' : tensors.every(({ dtype }) => dtype !== 'F32');

/**
 * @param id of a checkpoint or of a pretrained model
 * @throws checkpoint-missing, base-missing
 */
export async function openWeights(db: AtelierDb, id: Id): Promise<OpenWeights> {
  const record = await db.get('models', id);
  if (record) return ofModel(db, id);
  const checkpoint = await openCheckpoint(db, id);
  const { model, tokenizerId, lora } = checkpoint.manifest;
  const own = rowsOf(
    checkpoint.manifest.tensors.filter((t) => t.role === 'weight'),
    checkpoint.buffer,
  );
  if (!lora) return { model, tokenizerId, checkpoint, read: own };
  const base = await ofModel(db, await baseOf(db, lora));
  return { ...base, model, tokenizerId, checkpoint, adapter: { lora, read: own } };
}

async function ofModel(db: AtelierDb, id: Id): Promise<OpenWeights> {
  const { record, buffer } = await openModel(db, id);
  return { model: record.model, tokenizerId: record.tokenizerId, base: record, read: rowsOf(record.tensors, buffer) };
}

/**
 * The base of an adapter: the model itself, or one with the same content that was imported again.
 *
 * @throws base-missing
 */
async function baseOf(db: AtelierDb, { baseId, baseName, baseSha256 }: Adaptation): Promise<Id> {
  if (await db.getKey('models', baseId)) return baseId;
  const same = (await listModels(db)).find((model) => model.sha256 === baseSha256);
  if (!same) throw new AtelierError('base-missing', { name: baseName });
  return same.id;
}

/** Every parameter whole, in f32, with the adapter added in; one at a time, to bound the memory of an upload. */
export async function* tensorsOf(source: OpenWeights): AsyncGenerator<TensorData> {
  const read = mergedRows(source);
  for (const { name, shape } of parameterSpecs(source.model)) {
    const { buffer } = await read(name, 0, shape[0]!);
    yield { name, shape, dtype: 'F32', bytes: new Uint8Array(buffer) };
  }
}

/** The stored head of a classifier beside which an adapter stands; none where it has none of these classes. */
export async function* headTensors({ model, base, read }: OpenWeights): AsyncGenerator<TensorData> {
  const stored = base?.model.classes?.names.length === model.classes?.names.length ? base?.model : undefined;
  for (const { name, shape } of stored ? scoreSpecs(stored) : []) {
    const { buffer } = await read(name, 0, shape[0]!);
    yield { name, shape, dtype: 'F32', bytes: new Uint8Array(buffer) };
  }
}

/** The same as `tensorsOf`, with a fresh head where the model is to be a classifier and the weights have none. */
export async function* withHead(source: OpenWeights, model: ModelShape, seed: number): AsyncGenerator<TensorData> {
  yield* tensorsOf(source);
  if (!source.model.classes) for (const spec of scoreSpecs(model)) yield freshTensor(spec, seed, model);
}

type Placed = TensorSpec & { offset: number };

function rowsOf(tensors: readonly Placed[], buffer: AsyncBuffer): ReadParameterRows {
  const byName = new Map(tensors.map((t) => [t.name, t]));
  return async (parameter, row, rows) => {
    const { dtype, shape, offset } = byName.get(parameter)!;
    if (!isBlockType(dtype) && !isFloat(dtype)) throw new RangeError(`${parameter} is ${dtype}`);
    const rowBytes = sizeOf(shape.slice(1)) * BYTES_OF[dtype];
    const start = offset + row * rowBytes;
    return decodeGgml(new Uint8Array(await buffer.slice(start, start + rows * rowBytes)), dtype);
  };
}

/**
 * The parameters with the adapter added in: W + scale·BA, and the rows of new tokens in the place of the base's or
 * behind them; a classifier's head is that of the adapter. Without one, as they are.
 */
export function mergedRows({
  model,
  read,
  adapter,
}: Pick<OpenWeights, 'model' | 'read' | 'adapter'>): ReadParameterRows {
  if (!adapter) return read;
  const { lora } = adapter;
  const places = new Map(loraPlaces(model, lora.targets).map((place) => [place.matrix, place]));
  return async (parameter, row, rows) => {
    if (parameter === SCORE) return adapter.read(parameter, row, rows);
    if (lora.tokens && (parameter === 'embedding' || parameter === 'head'))
      return withTokenRows({ read, adapter }, lora.tokens, parameter, row, rows);
    const values = await read(parameter, row, rows);
    const place = places.get(parameter);
    if (place) await addAdapter(values, place, row, rows, lora, adapter.read);
    return values;
  };
}

/** Rows of a matrix by token: those of the base, and over or behind them those of the adapter. */
async function withTokenRows(
  { read, adapter }: { read: ReadParameterRows; adapter: { read: ReadParameterRows } },
  { first, count, baseRows }: NonNullable<LoraShape['tokens']>,
  parameter: string,
  row: number,
  rows: number,
): Promise<Float32Array<ArrayBuffer>> {
  const end = row + rows;
  const ofBase = Math.max(0, Math.min(end, baseRows) - row);
  const base = ofBase ? await read(parameter, row, ofBase) : undefined;
  const [from, to] = [Math.max(row, first), Math.min(end, first + count)];
  if (base && ofBase === rows && from >= to) return base;
  const own = from < to ? await adapter.read(tokenRowsName(parameter), from - first, to - from) : undefined;
  const width = base ? base.length / ofBase : own!.length / (to - from);
  const values = new Float32Array(rows * width);
  if (base) values.set(base);
  if (own) values.set(own, (from - row) * width);
  return values;
}

/** values [rows, inSize] += scale · B A, for those of the rows that are in a segment. */
async function addAdapter(
  values: Float32Array,
  { matrix, inSize, segments }: LoraPlace,
  first: number,
  rows: number,
  lora: Adaptation,
  read: ReadParameterRows,
): Promise<void> {
  const { rank } = lora;
  let rowOfB = 0;
  for (const [index, segment] of segments.entries()) {
    const from = Math.max(first, segment.start);
    const to = Math.min(first + rows, segment.start + segment.rows);
    if (from < to) {
      const a = await read(loraAName(matrix), index * rank, rank);
      const b = await read(loraBName(matrix), rowOfB + from - segment.start, to - from);
      addProduct(values.subarray((from - first) * inSize, (to - first) * inSize), b, a, inSize, loraScale(lora));
    }
    rowOfB += segment.rows;
  }
}

/** c [M, N] += scale · b [M, R] a [R, N]. */
function addProduct(c: Float32Array, b: Float32Array, a: Float32Array, N: number, scale: number): void {
  const R = a.length / N;
  for (let m = 0; m * N < c.length; m++)
    for (let r = 0; r < R; r++) {
      const factor = scale * b[m * R + r]!;
      for (let n = 0; n < N; n++) c[m * N + n]! += factor * a[r * N + n]!;
    }
}
