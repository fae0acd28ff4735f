// Labels that a model finds least likely, by confident learning (Northcutt et al., 2021,
// https://arxiv.org/abs/1911.00068): a label is doubted where another class is likelier for its row than for the rows
// that have that class.
import { byNumber, marginAt, probabilitiesAt, type Guesses } from './guesses';

export interface Doubts {
  /** Places of all rows, the most doubted first; rows without a label or a probability last. */
  order: Uint32Array;
  /** Labels that are probably wrong; they stand first. */
  doubted: number;
}

/**
 * @param given The class of each row, from 0; −1: none
 */
export function doubtsOf(guesses: Guesses, given: ArrayLike<number>): Doubts {
  const rows = given.length;
  const sure = thresholds(guesses, given);
  let doubted = 0;
  const numbers = Float64Array.from({ length: rows }, (_, row) => {
    const found = given[row]! >= 0 ? probabilitiesAt(guesses, row) : undefined;
    if (!found) return NaN;
    const likelier = confidentClass(found, sure);
    const wrong = likelier >= 0 && likelier !== given[row];
    if (wrong) doubted++;
    // of those that are doubted, and of the others, the label that trails the likeliest other class most comes first
    return ownMargin(found, given[row]!) - (wrong ? DOUBTED : 0);
  });
  return { order: byNumber(rows, (row) => numbers[row]!), doubted };
}

/** Margins lie between −1 and 1. */
const DOUBTED = 4;

/** Of each class the mean of its probability over the rows that have it. */
function thresholds(guesses: Guesses, given: ArrayLike<number>): number[] {
  const [sums, counts] = [new Array<number>(guesses.each).fill(0), new Array<number>(guesses.each).fill(0)];
  for (let row = 0; row < given.length; row++) {
    const found = given[row]! >= 0 ? probabilitiesAt(guesses, row) : undefined;
    if (!found) continue;
    sums[given[row]!]! += found[given[row]!]!;
    counts[given[row]!]!++;
  }
  return sums.map((sum, i) => (counts[i]! > 0 ? sum / counts[i]! : Infinity));
}

/** The likeliest class of those that are as likely as they are for their own rows; −1: none. */
function confidentClass(found: readonly number[], sure: readonly number[]): number {
  const able = found.map((one, i) => (one >= sure[i]! ? one : -1));
  const best = Math.max(...able);
  return best < 0 ? -1 : able.indexOf(best);
}

const ownMargin = (found: readonly number[], own: number): number =>
  found[own]! - Math.max(...found.filter((_, i) => i !== own), 0);

/** The order in which a person is asked where a model is least sure. */
export const uncertainFirst = (guesses: Guesses, rows: number): Uint32Array =>
  byNumber(rows, (row) => marginAt(guesses, row));
