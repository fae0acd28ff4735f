// Opens a checkpoint and reads its tensors back, each chunk checked against its hash. Writing is in `checkpoints.ts`.
import type { AsyncBuffer } from '../base/numbers/asyncBuffer';
import { AtelierError } from '../base/errors/errors';
import type { OnProgress } from '../base/wire/events';
import type { CheckpointManifest, CheckpointTensor, TensorRole } from '../base/records/checkpoint';
import { byteLengthOf } from './checkpointChunks';
import { ChunkBuffer, readVerified } from './chunkBuffer';
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
  /**
   * Tensors in order, all or those of some roles, one at a time in memory.
   * @throws checkpoint-damaged
   */
  tensors(roles?: readonly TensorRole[]): AsyncGenerator<LoadedTensor>;
}

export function readCheckpoint(db: AtelierDb, manifest: CheckpointManifest): OpenCheckpoint {
  const buffer = new ChunkBuffer(
    manifest.chunks.map(({ bytes }) => bytes),
    (index) => readChunk(manifest, db, index),
  );
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
      await readChunk(manifest, db, i);
      done += bytes;
      onProgress?.({ phase: 'checking', done, total, unit: 'bytes' });
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AtelierError && thrown.code === 'checkpoint-damaged') return thrown;
    throw thrown;
  }
}

/**
 * One chunk, checked.
 * @throws checkpoint-damaged
 */
const readChunk = ({ step, id, chunks }: CheckpointManifest, db: AtelierDb, index: number): Promise<Uint8Array> =>
  readVerified(db, 'checkpointChunks', [id, index], chunks[index]!, {
    code: 'checkpoint-damaged',
    facts: { step, chunk: index + 1, chunks: chunks.length },
  });
