// The queue of the one GPU: short pieces of work, one after the other. Which runs may exist at all is decided in
// computeStudio.ts.
/** First come, first served: pieces of GPU work of training and of generation, one at a time. */
export class GpuQueue {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T> | T): Promise<T> {
    const mine = this.#tail.then(work);
    this.#tail = mine.catch(() => undefined);
    return mine;
  }
}
