/** Lists of numbers that grow, packed: of a million rows each costs its bytes and no object. */

/** Doubles its room when it is full. `T` is the kind of typed array, made by `make`. */
export class Growing<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array> {
  #data: T;
  length = 0;

  constructor(private readonly make: (length: number) => T) {
    this.#data = make(1024);
  }

  push(value: number): void {
    this.room(1)[this.length++] = value;
  }

  append(values: T | Uint32Array, count = values.length): void {
    const data = this.room(count);
    for (let i = 0; i < count; i++) data[this.length + i] = values[i]!;
    this.length += count;
  }

  /** The array behind it, of which the first `length` count; another one after the next growth. */
  get data(): T {
    return this.#data;
  }

  /** The array with room for so many more. */
  private room(more: number): T {
    const needed = this.length + more;
    if (needed > this.#data.length) {
      const bigger = this.make(Math.max(2 * this.#data.length, needed));
      bigger.set(this.#data);
      this.#data = bigger;
    }
    return this.#data;
  }
}

export const growingBytes = (): Growing<Uint8Array> => new Growing((length) => new Uint8Array(length));
export const growingNumbers = (): Growing<Uint32Array> => new Growing((length) => new Uint32Array(length));
export const growingFloats = (): Growing<Float64Array> => new Growing((length) => new Float64Array(length));
