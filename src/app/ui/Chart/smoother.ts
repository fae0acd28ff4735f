/**
 * An exponential mean that is right from the first point on: the weights of the points so far are divided out, as Adam
 * does with its means (Kingma & Ba, 2015, section 3). One number in, one number out; nothing is read again.
 */
export class Smoother {
  #sum = 0;
  #weight = 0;

  /** @param memory about how many points the mean looks back on, at least 1. */
  constructor(readonly memory: number) {}

  next(value: number): number {
    if (!Number.isFinite(value)) return value;
    const keep = 1 - 1 / this.memory;
    this.#sum = keep * this.#sum + (1 - keep) * value;
    this.#weight = keep * this.#weight + (1 - keep);
    return this.#sum / this.#weight;
  }

  reset(): void {
    this.#sum = 0;
    this.#weight = 0;
  }
}
