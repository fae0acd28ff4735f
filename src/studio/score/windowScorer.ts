// Measures rows by a loaded model, many at a time: rows of about one length share a batch. What is measured of a row is
// its caller's.
import { emptyBatch, placeRow } from '../../data/batches/gradedRows';
import type { GradedRow } from '../../data/chat/gradedRow';
import type { Model } from '../../engine/models/model';
import { windowLosses, type WindowLoss } from '../../engine/training/evaluation';
import type { InTurn } from '../occupancy';

/** Tokens that a row is measured on at most: what a batch takes grows with it. */
const MOST_CONTEXT = 2048;
/** Windows have few lengths, powers of two from here on, so that few sizes of buffers and shaders are in use. */
const SHORTEST = 16;
/** Tokens of a batch, of at most so many windows. */
const BATCH_TOKENS = 2048;
const MOST_WINDOWS = 16;
/** Batches that are queued before one is read. */
const QUEUED_AHEAD = 4;

/** Predictions that a row is cut to. */
export const scoredContext = ({ shape }: Model): number => Math.min(shape.contextLength, MOST_CONTEXT);

interface Waiting {
  row: GradedRow;
  take: (loss: WindowLoss) => void;
}

export class WindowScorer {
  /** By the length of their window. */
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #queued: Promise<void>[] = [];
  readonly #context: number;

  constructor(
    private readonly model: Model,
    private readonly inTurn: InTurn,
  ) {
    this.#context = scoredContext(model);
  }

  /** Takes a row, and tells what it adds up to once its batch was measured. */
  async add(row: GradedRow, take: Waiting['take']): Promise<void> {
    const predictions = Math.min(this.#context, Math.max(1, row.ids.length - 1));
    const length = Math.min(this.#context, Math.max(SHORTEST, 2 ** Math.ceil(Math.log2(predictions))));
    const waiting = this.#waiting.get(length) ?? [];
    this.#waiting.set(length, waiting);
    if (waiting.push({ row, take }) < windowsOfLength(length)) return;
    this.#waiting.delete(length);
    await this.#measure(waiting, length);
  }

  /** Measures what still waits. */
  async finish(): Promise<void> {
    for (const [length, waiting] of this.#waiting) await this.#measure(waiting, length);
    this.#waiting.clear();
    while (this.#queued.length) await this.#queued.shift();
  }

  /** Ends when nothing is under way any more; what was queued is told or has failed with nobody to hear it. */
  async leave(): Promise<void> {
    await Promise.allSettled(this.#queued);
  }

  async #measure(waiting: readonly Waiting[], length: number): Promise<void> {
    const batch = batchOf(waiting, length);
    const told = windowLosses(this.model, batch, this.inTurn).then((losses) =>
      waiting.forEach(({ take }, window) => take(losses[window]!)),
    );
    told.catch(() => undefined); // whoever waits for it hears it
    this.#queued.push(told);
    if (this.#queued.length > QUEUED_AHEAD) await this.#queued.shift();
  }
}

const windowsOfLength = (length: number): number =>
  Math.max(1, Math.min(MOST_WINDOWS, Math.floor(BATCH_TOKENS / length)));

/** A batch of the one size that its length has; windows beyond the rows are empty. */
function batchOf(waiting: readonly Waiting[], length: number) {
  const out = emptyBatch({ batch: windowsOfLength(length), length });
  waiting.forEach(({ row: { ids, weights } }, window) => {
    placeRow(out, { ids, weights, offsets: Uint32Array.of(0, ids.length) }, window, 0, 0);
  });
  return out;
}
