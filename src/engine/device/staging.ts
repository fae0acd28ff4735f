/** Buffers for reading results back from the GPU, and the one place that maps them. */
import { MapPulse } from './mapPulse';

/**
 * Buffers of one size class kept for the next read: a step reads few small things, a checkpoint one tensor after the
 * other.
 */
const KEPT_PER_SIZE = 2;
/** Above this a buffer is made for its read and destroyed after it, in its exact size. */
const LARGEST_KEPT = 16 * 1024 * 1024;

/** Mappable buffers for read-backs, pooled by powers of two. */
export class Staging {
  #free = new Map<number, GPUBuffer[]>();
  #bytes = 0;
  readonly #pulse: MapPulse;

  constructor(readonly device: GPUDevice) {
    this.#pulse = new MapPulse(device.queue);
  }

  /** Bytes of all staging buffers, in use or kept. */
  get byteLength(): number {
    return this.#bytes;
  }

  take(byteLength: number): GPUBuffer {
    const size = byteLength > LARGEST_KEPT ? byteLength : Math.max(256, 2 ** Math.ceil(Math.log2(byteLength)));
    const kept = this.#free.get(size)?.pop();
    if (kept) return kept;
    this.#bytes += size;
    return this.device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  /** Waits for the copy into this buffer, returns its first bytes and takes the buffer back. */
  async bytes(buffer: GPUBuffer, byteLength: number): Promise<ArrayBuffer> {
    try {
      await this.#pulse.during(buffer.mapAsync(GPUMapMode.READ, 0, byteLength));
      const copy = buffer.getMappedRange(0, byteLength).slice(0);
      buffer.unmap();
      this.#giveBack(buffer);
      return copy;
    } catch (thrown) {
      this.#destroy(buffer);
      throw thrown;
    }
  }

  #giveBack(buffer: GPUBuffer): void {
    const kept = this.#free.get(buffer.size) ?? [];
    if (buffer.size > LARGEST_KEPT || kept.length >= KEPT_PER_SIZE) return this.#destroy(buffer);
    kept.push(buffer);
    this.#free.set(buffer.size, kept);
  }

  #destroy(buffer: GPUBuffer): void {
    this.#bytes -= buffer.size;
    buffer.destroy();
  }

  trim(): void {
    for (const buffers of this.#free.values()) buffers.forEach((buffer) => this.#destroy(buffer));
    this.#free.clear();
  }
}
