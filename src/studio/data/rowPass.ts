/** Passes over the rows of a text: they report and hear a cancel; the first one decides what is held out. */
import type { OnProgress } from '../../base/wire/events';
import { HoldoutPlanner, type HoldoutParts } from '../../data/batches/holdout';
import type { Yielding } from '../../data/yielding';
import type { RowReader } from './rowReader';

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
  async *over(rows: AsyncIterable<string>): AsyncGenerator<string> {
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

/** Which rows are held out: known once all were seen. */
export async function planHoldout(
  rows: AsyncIterable<string>,
  { key }: Pick<RowReader, 'key'>,
  { seed, validationShare }: { seed: number; validationShare: number },
): Promise<HoldoutParts> {
  const planner = new HoldoutPlanner(seed, validationShare);
  for await (const row of rows) planner.see(key(row));
  return planner.plan();
}
