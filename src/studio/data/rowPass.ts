/** Passes over the rows of a text, which report and hear a cancel. What the rows are for is not known here. */
import type { OnProgress } from '../../base/wire/events';
import type { Yielding } from '../../data/yielding';

/** Counts rows, reports them and lets a cancel in, now and then. */
export class RowPass {
  #done = 0;

  constructor(
    private readonly total: number,
    private readonly onProgress: OnProgress | undefined,
    private readonly pace: Pick<Yielding, 'due' | 'rest'>,
    /** How often each row is seen; it counts once. */
    private readonly passes = 1,
  ) {}

  /**
   * The rows, counted.
   * @throws cancelled
   */
  async *over<T>(rows: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const row of rows) {
      yield row;
      await this.next();
    }
  }

  async next(): Promise<void> {
    this.#done++;
    if (!this.pace.due()) return;
    this.onProgress?.({
      phase: 'tokenizing',
      done: Math.floor(this.#done / this.passes),
      total: this.total,
      unit: 'rows',
    });
    await this.pace.rest();
  }
}
