// Turns the tensors of a checkpoint into chunks of equal size, with a hash of each chunk and of all weights. It opens
// no transaction.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { BYTES_OF, sizeOf } from '../base/numbers/dtype';
import type { CheckpointTensor, TensorRole } from '../base/records/checkpoint';
import type { TensorSpec } from '../base/numbers/tensorData';

/** A tensor that can be read when its turn comes: `bytes` = product of shape × size of dtype, little-endian. */
export interface TensorSource {
  spec: TensorSpec & { role: TensorRole };
  read(): Promise<Uint8Array>;
}

export const byteLengthOf = (spec: TensorSpec): number => sizeOf(spec.shape) * BYTES_OF[spec.dtype];

/** SHA-256 in hex, by the platform (about twice as fast as JavaScript, but only for bytes in one piece). */
export const sha256Of = async (bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<string> =>
  bytesToHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

/** Tensors laid end to end, cut into chunks of equal size (the last is shorter); reads one tensor at a time. */
export class ChunkedTensors {
  readonly tensors: CheckpointTensor[] = [];
  readonly byteLength: number;
  readonly #weights = sha256.create();

  constructor(
    private readonly sources: readonly TensorSource[],
    private readonly chunkBytes: number,
  ) {
    let offset = 0;
    for (const { spec } of sources) {
      const { name, dtype, shape, role } = spec;
      this.tensors.push({ name, dtype, shape: [...shape], role, offset });
      offset += byteLengthOf(spec);
    }
    this.byteLength = offset;
  }

  /** The chunks in order. Each is a buffer of its own. May be walked once. */
  async *chunks(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    let left = this.byteLength;
    let chunk = new Uint8Array(Math.min(this.chunkBytes, left));
    let used = 0;
    for (const source of this.sources) {
      const bytes = await this.#read(source);
      for (let at = 0; at < bytes.byteLength;) {
        const part = bytes.subarray(at, at + chunk.byteLength - used);
        chunk.set(part, used);
        at += part.byteLength;
        used += part.byteLength;
        if (used < chunk.byteLength) continue;
        yield chunk;
        left -= used;
        chunk = new Uint8Array(Math.min(this.chunkBytes, left));
        used = 0;
      }
    }
  }

  /** SHA-256 over the weights, once all chunks were walked. */
  weightsSha256(): string {
    return bytesToHex(this.#weights.digest());
  }

  async #read({ spec, read }: TensorSource): Promise<Uint8Array> {
    const bytes = await read();
    const expected = byteLengthOf(spec);
    if (bytes.byteLength !== expected) {
      throw new RangeError(`${spec.role} ${spec.name} has ${bytes.byteLength} bytes instead of ${expected}`);
    }
    if (spec.role === 'weight') this.#weights.update(bytes);
    return bytes;
  }
}
