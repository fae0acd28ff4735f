import type { AsyncBuffer } from '../base/asyncBuffer';
import { AtelierError } from '../base/errors/errors';
import type { OnProgress } from '../base/events';
import type { CheckpointManifest, CheckpointTensor } from '../base/records';
import { byteLengthOf, hashOf, type TensorRole } from './checkpointChunks';
import type { AtelierDb } from './db';

export interface LoadedTensor {
  spec: CheckpointTensor;
  role: TensorRole;
  bytes: Uint8Array<ArrayBuffer>;
}

/** A checkpoint whose bytes are read on demand, chunk by chunk, each checked against its hash. */
export interface OpenCheckpoint {
  readonly manifest: CheckpointManifest;
  /** All chunks as one stream; `offset` of a tensor counts in it. Reading throws checkpoint-damaged. */
  readonly buffer: AsyncBuffer;
  /** Tensors in order, all or those of some roles, one at a time in memory. Throws checkpoint-damaged. */
  tensors(roles?: readonly TensorRole[]): AsyncGenerator<LoadedTensor>;
}

export function readCheckpoint(db: AtelierDb, manifest: CheckpointManifest): OpenCheckpoint {
  const buffer = new ChunkBuffer(db, manifest);
  return {
    manifest,
    buffer,
    async *tensors(roles) {
      for (const spec of manifest.tensors) {
        if (roles && !roles.includes(spec.role)) continue;
        const bytes = await buffer.slice(spec.offset, spec.offset + byteLengthOf(spec));
        yield { spec, role: spec.role, bytes: new Uint8Array(bytes) };
      }
    },
  };
}

/** Reads every chunk. Gives what is wrong with the first that does not match, or nothing. */
export async function verify(
  db: AtelierDb,
  manifest: CheckpointManifest,
  onProgress?: OnProgress,
): Promise<AtelierError | undefined> {
  const total = manifest.byteLength;
  let done = 0;
  try {
    for (const [i, { bytes }] of manifest.chunks.entries()) {
      await readChunk(db, manifest, i);
      done += bytes;
      onProgress?.({ phase: 'checking', done, total, unit: 'bytes' });
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AtelierError && thrown.code === 'checkpoint-damaged') return thrown;
    throw thrown;
  }
}

/** IndexedDB keeps no checksum of large values: a flipped bit on the disk comes back as data, so every chunk is hashed. */
async function readChunk(db: AtelierDb, manifest: CheckpointManifest, index: number): Promise<Uint8Array> {
  const { bytes, sha256 } = manifest.chunks[index]!;
  const damaged = (cause?: unknown) =>
    new AtelierError(
      'checkpoint-damaged',
      { step: manifest.step, chunk: index + 1, chunks: manifest.chunks.length },
      { cause },
    );
  const chunk = await db.get('checkpointChunks', [manifest.id, index]).catch((thrown: unknown) => {
    if (isClosed(thrown)) throw new AtelierError('storage-closed', {}, { cause: thrown });
    throw damaged(thrown); // the platform lost the file behind the value
  });
  if (!chunk || chunk.byteLength !== bytes || (await hashOf(chunk)) !== sha256) throw damaged();
  return new Uint8Array(chunk);
}

const isClosed = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'InvalidStateError';

/** An export asks for the tensors of a layer by name, and a layer spans a few chunks. */
const CHUNKS_IN_MEMORY = 3;

class ChunkBuffer implements AsyncBuffer {
  readonly byteLength: number;
  /** Where each chunk begins in the stream. */
  readonly #starts: number[] = [];
  /** The chunks read last, the latest at the end: neighbouring tensors share them, in whatever order they are asked for. */
  readonly #latest = new Map<number, Uint8Array>();

  constructor(
    private readonly db: AtelierDb,
    private readonly manifest: CheckpointManifest,
  ) {
    let start = 0;
    for (const { bytes } of manifest.chunks) {
      this.#starts.push(start);
      start += bytes;
    }
    this.byteLength = start;
  }

  async slice(start: number, end = this.byteLength): Promise<ArrayBuffer> {
    const stop = Math.min(end, this.byteLength);
    const out = new Uint8Array(Math.max(0, stop - start));
    for (let at = start; at < stop;) {
      const index = this.#starts.findLastIndex((begin) => begin <= at);
      const from = at - this.#starts[index]!;
      const part = (await this.#chunk(index)).subarray(from, from + stop - at);
      out.set(part, at - start);
      at += part.byteLength;
    }
    return out.buffer;
  }

  async #chunk(index: number): Promise<Uint8Array> {
    const chunk = this.#latest.get(index) ?? (await readChunk(this.db, this.manifest, index));
    this.#latest.delete(index);
    this.#latest.set(index, chunk);
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= CHUNKS_IN_MEMORY) break;
      this.#latest.delete(oldest);
    }
    return chunk;
  }
}
