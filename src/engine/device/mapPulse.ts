// Empty submits while a buffer is being mapped, for a browser that else looks at it on a slow timer. It maps nothing.

/** From the fifth timer in a row on, browsers make it 4 ms. */
const PULSE_MILLISECONDS = 1;

/**
 * Firefox looks at pending maps when something is submitted, else every 100 ms, which would be the time of each token
 * that is read back: https://bugzilla.mozilla.org/show_bug.cgi?id=1870699
 */
export const looksOnSubmit = (agent: string | undefined): boolean => /\bFirefox\//.test(agent ?? '');

const ownAgent = (): string | undefined => (typeof navigator === 'undefined' ? undefined : navigator.userAgent);

export class MapPulse {
  readonly #queue: Pick<GPUQueue, 'submit'>;
  readonly #needed: boolean;
  #pending = 0;
  #beats = false;

  constructor(queue: Pick<GPUQueue, 'submit'>, needed = looksOnSubmit(ownAgent())) {
    this.#queue = queue;
    this.#needed = needed;
  }

  /** Settles as the map does. */
  async during(map: Promise<void>): Promise<void> {
    if (!this.#needed) return map;
    this.#pending++;
    if (!this.#beats) this.#beat();
    try {
      await map;
    } finally {
      this.#pending--;
    }
  }

  #beat(): void {
    this.#beats = true;
    setTimeout(() => {
      this.#beats = false;
      if (this.#pending === 0) return;
      this.#queue.submit([]);
      this.#beat();
    }, PULSE_MILLISECONDS);
  }
}
