/**
 * Windows of several texts in one run, each text with its share of the tokens. A window is of one text, so that what
 * is measured of it belongs to that text. How a text is cut into windows is not known here.
 */
import type { Batch, PairBatch, TextHeldOut, TokenBatch, Windows } from '../../base/batch';
import { epochOrder, windowsOfEpoch, type EpochOrder } from './mixture';
import type { EpochWindow, OrderedWindows, WindowOrder } from './orderedWindows';

/** The windows of one text with its share. */
export interface TextWindows<B extends Batch> {
  windows: OrderedWindows<B>;
  share: number;
}

/** An epoch is one pass over the first text; the others are drawn to their shares, again where they are too small. */
export class MixedWindows<B extends Batch> implements Windows<B> {
  readonly count: number;
  readonly texts: readonly TextHeldOut<B>[];
  readonly #drawn: readonly number[];
  #epoch: { number: number; order: EpochOrder } | undefined;

  /** @param mixed the main text first */
  constructor(
    private readonly mixed: readonly TextWindows<B>[],
    private readonly order: Pick<WindowOrder, 'seed' | 'batch' | 'accumulate'>,
  ) {
    this.#drawn = windowsOfEpoch(
      mixed.map(({ windows: { train }, share }) => ({ windows: train.count, tokens: train.tokens, share })),
    );
    this.count = this.#drawn.reduce((sum, count) => sum + count, 0);
    this.texts = mixed.map(({ windows, share }) => ({
      share,
      validationBatches: () => windows.validationBatches(),
    }));
  }

  trainBatches(cursor: number): B[] {
    const { batch, accumulate } = this.order;
    return Array.from({ length: accumulate }, (_, micro) => this.#batchAt(cursor + micro * batch));
  }

  *validationBatches(): Generator<B> {
    for (const { validationBatches } of this.texts) yield* validationBatches();
  }

  #batchAt(cursor: number): B {
    const places: number[][] = this.mixed.map(() => []);
    const windows: EpochWindow[][] = this.mixed.map(() => []);
    const textOf = new Int32Array(this.order.batch);
    for (let at = 0; at < this.order.batch; at++) {
      const { text, window } = this.#windowAt(cursor + at);
      textOf[at] = text;
      places[text]!.push(at);
      windows[text]!.push(window);
    }
    const parts = this.mixed.flatMap(({ windows: { train } }, text) =>
      places[text]!.length > 0 ? [{ batch: train.batch(windows[text]!), places: places[text]! }] : [],
    );
    return joined(parts, { of: textOf, count: this.mixed.length }) as B;
  }

  /** @param position windows since the beginning of the run */
  #windowAt(position: number): { text: number; window: EpochWindow } {
    const number = Math.floor(position / this.count);
    if (this.#epoch?.number !== number)
      this.#epoch = { number, order: epochOrder(this.#drawn, this.order.seed, number) };
    const { order } = this.#epoch;
    const at = position % this.count;
    const text = order.text[at]!;
    const ofText = number * this.#drawn[text]! + order.place[at]!;
    return { text, window: this.mixed[text]!.windows.windowAt(ofText) };
  }
}

/** The first windows of a batch, and where they stand in the joined one. */
interface Part<B extends Batch> {
  batch: B;
  places: readonly number[];
}

/** Windows of several batches of one kind as one batch; together they fill it. None is of judged answers. */
function joined(parts: readonly Part<Batch>[], origins: NonNullable<TokenBatch['origins']>): Batch {
  const texts = parts.flatMap(({ batch, places }) => ('inputs' in batch ? [{ batch, places }] : []));
  if (texts.length > 0) return { ...joinedSide(texts), origins };
  const side = (name: keyof PairBatch): TokenBatch =>
    joinedSide(parts.flatMap(({ batch, places }) => ('chosen' in batch ? [{ batch: batch[name], places }] : [])));
  return { chosen: { ...side('chosen'), origins }, rejected: { ...side('rejected'), origins } };
}

const COLUMNS = ['inputs', 'targets', 'weights', 'starts', 'positions'] as const;

function joinedSide(parts: readonly Part<TokenBatch>[]): TokenBatch {
  const { batch, length, inputs, targets, weights, starts, positions } = parts[0]!.batch;
  const copies = {
    ...{ inputs: inputs.slice(), targets: targets.slice() },
    ...(weights && { weights: weights.slice() }),
    ...(starts && { starts: starts.slice() }),
    ...(positions && { positions: positions.slice() }),
  };
  const out: TokenBatch = { batch, length, ...copies, labels: 0 };
  for (const { batch: from, places } of parts)
    places.forEach((place, window) => {
      for (const column of COLUMNS) {
        const values = from[column]?.subarray(window * length, (window + 1) * length);
        if (values) out[column]?.set(values, place * length);
      }
    });
  out.labels = out.targets.reduce((count, target) => (target < 0 ? count : count + 1), 0);
  return out;
}
