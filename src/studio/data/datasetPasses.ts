// The rows of a stored dataset as often as steps must go through them, with one progress over all passes.
import { throwIfCancelled } from '../../base/errors/errors';
import type { DatasetContent, DatasetRecord, StoredRow } from '../../base/records/dataset';
import type { OnProgress, Progress } from '../../base/wire/events';
import type { CleanRow } from '../../data/clean/step';
import { Yielding } from '../../data/yielding';
import { allStoredRows, storedChunks } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import type { Locks } from '../../storage/locks';
import { cleanRow } from './cleanRows';

export interface RecipeOptions {
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  chunkBytes?: number;
  locks?: Locks;
}

/** The rows of a dataset, read again for each pass, with one progress over all of them. */
export class DatasetPasses {
  #done = 0;
  readonly #pace: Yielding;

  constructor(
    private readonly db: AtelierDb,
    private readonly dataset: DatasetRecord,
    private readonly phase: Progress['phase'],
    private readonly options: RecipeOptions,
  ) {
    this.#pace = new Yielding(options.signal);
  }

  async *stored(passes: number): AsyncGenerator<StoredRow> {
    const { id, rows: total } = this.dataset;
    const { onProgress, signal } = this.options;
    for await (const row of allStoredRows(this.db, id)) {
      throwIfCancelled(signal);
      yield row;
      this.#done++;
      if (!this.#pace.due()) continue;
      onProgress?.({ phase: this.phase, done: Math.floor(this.#done / passes), total, unit: 'rows' });
      await this.#pace.rest();
    }
  }

  /** One pass that hands out row after row, and keeps none: the quickest. */
  async each(take: (row: StoredRow, place: number) => void): Promise<void> {
    const { id, rows: total } = this.dataset;
    const { onProgress, signal } = this.options;
    let place = 0;
    for await (const rows of storedChunks(this.db, id)) {
      throwIfCancelled(signal);
      for (const row of rows) {
        take(row, place++);
        if (!this.#pace.due()) continue;
        onProgress?.({ phase: this.phase, done: place, total, unit: 'rows' });
        await this.#pace.rest();
      }
    }
  }

  async *clean(passes: number): AsyncGenerator<CleanRow> {
    for await (const row of this.stored(passes)) yield cleanRow(row, contentOfRows(this.dataset));
  }
}

export const contentOfRows = ({ content = 'text' }: DatasetRecord): DatasetContent => content;
