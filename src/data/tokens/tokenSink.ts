/** Token ids as they come, in an array that grows. */
export class TokenSink {
  #ids = new Uint32Array(1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  push(id: number): void {
    if (this.#length === this.#ids.length) this.#grow(1);
    this.#ids[this.#length++] = id;
  }

  /** Adds `count` ids of `from`, beginning at `start`. */
  append(from: Int32Array, start: number, count: number): void {
    if (this.#length + count > this.#ids.length) this.#grow(count);
    for (let i = 0; i < count; i++) this.#ids[this.#length++] = from[start + i]!;
  }

  /** A copy of what has come. */
  taken(): Uint32Array {
    return this.#ids.slice(0, this.#length);
  }

  #grow(more: number): void {
    const bigger = new Uint32Array(2 * (this.#length + more));
    bigger.set(this.#ids);
    this.#ids = bigger;
  }
}
