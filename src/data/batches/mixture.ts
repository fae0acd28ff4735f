/**
 * In which order the windows of several texts follow each other, so that each text has its share of the tokens. It
 * follows from seed and epoch alone. What a window is, the caller knows.
 */
import { stream } from '../../base/numbers/rng';

/** One text of a mix, as one pass over it is. */
export interface TextAmount {
  windows: number;
  /** That all its windows hold together. */
  tokens: number;
  /** Of the tokens of an epoch; that of the first text follows from the others. */
  share: number;
}

/**
 * Windows that an epoch reads of each text. The first text is read once; of each other so many windows are drawn that
 * its tokens have their share, within half a window, and at least one.
 */
export function windowsOfEpoch([first, ...others]: readonly TextAmount[]): number[] {
  if (!first) return [];
  const left = 1 - others.reduce((sum, { share }) => sum + share, 0);
  const drawn = others.map(({ windows, tokens, share }) => {
    const wanted = (first.tokens * share) / left;
    return Math.max(1, Math.round((wanted * windows) / tokens));
  });
  return [first.windows, ...drawn];
}

/** The texts of an epoch's windows, in the order of reading. */
export interface EpochOrder {
  /** Of each window. */
  text: Uint8Array;
  /** Its place among the windows of its text in this epoch, from 0. */
  place: Uint32Array;
}

/**
 * The windows of each text lie spread over the epoch: the j-th of n at a random point between j/n and (j + 1)/n. So a
 * run that ends before the epoch does has read the shares too, within a window or two of each text.
 * @param counts windows of each text, at most 256 texts
 */
export function epochOrder(counts: readonly number[], seed: number, epoch: number): EpochOrder {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const order = { text: new Uint8Array(total), place: new Uint32Array(total) };
  const heads = counts.map((count, text) => new Spread(count, stream(seed, 'mix', epoch, text)));
  for (let at = 0; at < total; at++) {
    let next = 0;
    for (let text = 1; text < heads.length; text++) if (heads[text]!.point < heads[next]!.point) next = text;
    order.text[at] = next;
    order.place[at] = heads[next]!.take();
  }
  return order;
}

/** The windows of one text from the first to the last, each at its point of the epoch. */
class Spread {
  #taken = 0;
  /** Of the next window, 0 … 1; beyond the epoch once all are taken. */
  point: number;

  constructor(
    private readonly count: number,
    private readonly random: { next(): number },
  ) {
    this.point = this.#drawn();
  }

  take(): number {
    const taken = this.#taken++;
    this.point = this.#drawn();
    return taken;
  }

  #drawn(): number {
    return this.#taken < this.count ? (this.#taken + this.random.next()) / this.count : 2;
  }
}
