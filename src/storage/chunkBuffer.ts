// Random access to bytes that lie in chunks: reads only the chunks that a range touches and checks each once.
import type { AsyncBuffer } from '../base/numbers/asyncBuffer';
import { AtelierError, type ErrorCode, type ErrorFacts } from '../base/errors/errors';
import type { Id } from '../base/records/named';
import { sha256Of } from './checkpointChunks';
import type { AtelierDb } from './db';
import { isClosed } from './readErrors';

/** An export asks for the tensors of a layer by name, and a layer spans a few chunks. */
const CHUNKS_IN_MEMORY = 3;

/** Chunks as one stream of bytes, read on demand. */
export class ChunkBuffer implements AsyncBuffer {
  readonly byteLength: number;
  /** Where each chunk begins in the stream. */
  readonly #starts: number[] = [];
  /**
   * The chunks read last, the latest at the end: neighbouring tensors share them, in whatever order they are asked for.
   */
  readonly #latest = new Map<number, Uint8Array>();

  /** @param sizes bytes of each chunk */
  constructor(
    sizes: readonly number[],
    private readonly read: (index: number) => Promise<Uint8Array>,
  ) {
    let start = 0;
    for (const bytes of sizes) {
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
    const chunk = this.#latest.get(index) ?? (await this.read(index));
    this.#latest.delete(index);
    this.#latest.set(index, chunk);
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= CHUNKS_IN_MEMORY) break;
      this.#latest.delete(oldest);
    }
    return chunk;
  }
}

const RECORDS_OF = { checkpointChunks: 'checkpoints', modelChunks: 'models' } as const;
const MISSING = { checkpointChunks: 'checkpoint-missing', modelChunks: 'model-missing' } as const;

/**
 * IndexedDB keeps no checksum of large values: a flipped bit on the disk comes back as data, so every chunk is hashed.
 * What was deleted meanwhile is missing, not damaged.
 * @throws the code of `damage`, checkpoint-missing, model-missing, storage-closed
 */
export async function readVerified(
  db: AtelierDb,
  store: 'checkpointChunks' | 'modelChunks',
  key: [Id, number],
  { bytes, sha256 }: { bytes: number; sha256: string },
  damage: { code: ErrorCode; facts: ErrorFacts },
): Promise<Uint8Array> {
  const damaged = (cause?: unknown) => new AtelierError(damage.code, damage.facts, { cause });
  const chunk = await db.get(store, key).catch((thrown: unknown) => {
    if (isClosed(thrown)) throw thrown;
    throw damaged(thrown); // the platform lost the file behind the value
  });
  if (!chunk || chunk.byteLength !== bytes || (await sha256Of(chunk)) !== sha256) {
    if ((await db.getKey(RECORDS_OF[store], key[0])) === undefined) throw new AtelierError(MISSING[store]);
    throw damaged();
  }
  return new Uint8Array(chunk);
}
