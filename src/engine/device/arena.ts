/**
 * The buffers of captured steps. A step is captured before it has any: each tensor's lifetime is noted, and when the
 * whole step is known, tensors that do not live at once are given the same buffer, whatever their sizes. A pool by
 * sizes, as tfjs has, keeps each size's own peak instead (see `memory.gpu.test.ts` for how far this is from the least
 * possible).
 */

/** A tensor of a captured step: alive from one tick to another, which count acquisitions and releases. */
export interface Lifetime {
  size: number;
  from: number;
  /** After its release the buffer is free for others. */
  to: number;
}

/** A buffer under assignment with the lifetimes that it serves, in order of time. */
interface Shelf {
  size: number;
  taken: Lifetime[];
}

/** Where `wanted` would stand among the lifetimes of a shelf, or −1 where it meets one of them. */
function gapFor({ taken }: Shelf, wanted: Lifetime): number {
  let [low, high] = [0, taken.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (taken[middle]!.from < wanted.from) low = middle + 1;
    else high = middle;
  }
  const free =
    (low === 0 || taken[low - 1]!.to <= wanted.from) && (low === taken.length || wanted.to <= taken[low]!.from);
  return free ? low : -1;
}

/**
 * Gives each lifetime a buffer, the largest first, each the smallest buffer that is large enough and free all the
 * while, or a new one ("greedy by size", Pisarchyk and Lee, 2020).
 * @param sizes of the buffers that are there already; new ones are added at the end
 * @returns the buffer of each lifetime, and the sizes of all buffers
 */
export function assignBuffers(
  lifetimes: readonly Lifetime[],
  sizes: readonly number[] = [],
): { buffers: number[]; sizes: number[] } {
  const shelves: Shelf[] = sizes.map((size) => ({ size, taken: [] }));
  const smallestFirst = [...shelves].sort((a, b) => a.size - b.size);
  const chosen = new Map<Lifetime, Shelf>();
  for (const wanted of [...lifetimes].sort((a, b) => b.size - a.size || a.from - b.from)) {
    let shelf = smallestFirst.find((s) => s.size >= wanted.size && gapFor(s, wanted) >= 0);
    if (!shelf) {
      shelf = { size: wanted.size, taken: [] };
      shelves.push(shelf);
      const larger = smallestFirst.findIndex((s) => s.size >= wanted.size);
      smallestFirst.splice(larger < 0 ? smallestFirst.length : larger, 0, shelf);
    }
    shelf.taken.splice(gapFor(shelf, wanted), 0, wanted);
    chosen.set(wanted, shelf);
  }
  const places = new Map(shelves.map((shelf, i) => [shelf, i]));
  return { buffers: lifetimes.map((l) => places.get(chosen.get(l)!)!), sizes: shelves.map((s) => s.size) };
}

/** Notes the lifetimes of what is acquired and released. */
export class Lifetimes<Key> {
  readonly all = new Map<Key, Lifetime>();
  #tick = 0;

  begin(key: Key, size: number): void {
    this.all.set(key, { size, from: this.#tick++, to: Infinity });
  }

  end(key: Key): void {
    this.all.get(key)!.to = this.#tick++;
  }
}

/** The usage that tfjs gives the buffers of tensors. */
const TENSOR = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/**
 * What stands for a buffer while a step is captured: tfjs asks for its class, and nothing but its size is read before
 * it has a place.
 */
const symbolOf = (size: number): GPUBuffer =>
  Object.create(GPUBuffer.prototype, { size: { value: size } }) as GPUBuffer;

/** What tfjs asks of a pool for its tensors. */
export interface Pool {
  acquireBuffer(size: number, usage: GPUBufferUsageFlags): GPUBuffer;
  releaseBuffer(buffer: GPUBuffer): void;
}

/**
 * Takes the place of tfjs' buffer pool while a step is captured, and while something else runs in the buffers of its
 * steps.
 */
export class Arena implements Pool {
  /** Buffers, or symbols of them, in use. */
  inUse = 0;
  /** Bytes of all buffers. */
  byteLength = 0;
  readonly #buffers: GPUBuffer[] = [];
  #free: GPUBuffer[] = [];
  #params = new Set<GPUBuffer>();
  /** While a step is captured. */
  #symbols: Lifetimes<GPUBuffer> | undefined;

  constructor(readonly device: GPUDevice) {}

  /** The smallest free buffer that is large enough, so it may be larger; while capturing, a symbol. */
  acquireBuffer(size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    this.inUse++;
    if (this.#symbols) {
      const symbol = symbolOf(size);
      this.#symbols.begin(symbol, size);
      return symbol;
    }
    const found = this.#free.findIndex((buffer) => buffer.size >= size);
    return found < 0 ? this.#create(size, usage) : this.#free.splice(found, 1)[0]!;
  }

  releaseBuffer(buffer: GPUBuffer): void {
    this.inUse--;
    if (this.#symbols) return this.#symbols.end(buffer);
    const larger = this.#free.findIndex(({ size }) => size > buffer.size);
    this.#free.splice(larger < 0 ? this.#free.length : larger, 0, buffer);
  }

  #create(size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = this.device.createBuffer({ size, usage });
    this.#buffers.push(buffer);
    this.byteLength += size;
    return buffer;
  }

  /** From now on until `settle`, buffers are symbols. */
  begin(): void {
    this.#symbols = new Lifetimes();
  }

  /** Gives all symbols their places, and returns them: what is no symbol is bound whole. */
  settle(): (buffer: GPUBuffer) => GPUBufferBinding {
    const { all } = this.#symbols!;
    const { buffers, sizes } = assignBuffers(
      [...all.values()],
      this.#buffers.map(({ size }) => size),
    );
    for (const size of sizes.slice(this.#buffers.length)) this.#free.push(this.#create(size, TENSOR()));
    this.#free.sort((a, b) => a.size - b.size);
    const places = new Map([...all.keys()].map((symbol, i) => [symbol, this.#buffers[buffers[i]!]!]));
    this.#symbols = undefined;
    return (buffer) => ({ buffer: places.get(buffer) ?? buffer, size: buffer.size });
  }

  /** Ends a capture that failed. */
  abandon(): void {
    this.#symbols = undefined;
    this.inUse = 0;
  }

  /** A buffer for the params of a plan. */
  acquireParams(size: number): GPUBuffer {
    const params = this.device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#params.add(params);
    this.byteLength += size;
    return params;
  }

  releaseParams(params: GPUBuffer): void {
    this.#params.delete(params);
    this.byteLength -= params.size;
    params.destroy();
  }

  /** Destroys all buffers. */
  dispose(): void {
    for (const buffer of [...this.#buffers, ...this.#params]) buffer.destroy();
    this.#buffers.length = 0;
    this.#free = [];
    this.#params.clear();
    this.byteLength = 0;
  }
}
