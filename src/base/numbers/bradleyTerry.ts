// Ratings of several candidates from judgements of pairs (Bradley and Terry, 1952), a tie as half a win, with intervals
// that hold where the model is not quite true (sandwich). As arena-rank computes them.
import { type Interval, Z95 } from './intervals';

/** One judgement of two candidates, by their places: 1 where the first won, 0 where the second, ½ for a tie. */
export interface PairJudged {
  first: number;
  second: number;
  outcome: 0 | 0.5 | 1;
}

export interface Rating extends Interval {
  rating: number;
}

/** 400 points are a chance of 10 to 1; the mean of all is 1000. */
const [POINTS, CENTRE] = [400 / Math.LN10, 1000];
/** On the diagonal of the Hessian per judgement, which alone has no inverse: ratings count only beside each other. */
const RIDGE = 1e-5;

type Matrix = number[][];

const chanceOf = (ratings: readonly number[], { first, second }: PairJudged): number =>
  1 / (1 + Math.exp(ratings[second]! - ratings[first]!));

/** Σ over the judgements of value · (e_first − e_second)(e_first − e_second)ᵀ. */
function pairMatrix(size: number, judged: readonly PairJudged[], value: (pair: PairJudged) => number): Matrix {
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (const pair of judged) {
    const { first, second } = pair;
    const v = value(pair);
    matrix[first]![first]! += v;
    matrix[second]![second]! += v;
    matrix[first]![second]! -= v;
    matrix[second]![first]! -= v;
  }
  return matrix;
}

const withRidge = (matrix: Matrix, ridge: number): Matrix =>
  matrix.map((row, i) => row.map((v, j) => (i === j ? v + ridge : v)));

/** By Gauss and Jordan with the largest pivot. */
function inverse(matrix: Matrix): Matrix {
  const n = matrix.length;
  const wide = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column; row < n; row++)
      if (Math.abs(wide[row]![column]!) > Math.abs(wide[pivot]![column]!)) pivot = row;
    [wide[column], wide[pivot]] = [wide[pivot]!, wide[column]!];
    const lead = wide[column]!;
    const scale = lead[column]!;
    wide[column] = lead.map((v) => v / scale);
    for (let row = 0; row < n; row++) {
      const factor = row === column ? 0 : wide[row]![column]!;
      if (factor !== 0) wide[row] = wide[row]!.map((v, j) => v - factor * wide[column]![j]!);
    }
  }
  return wide.map((row) => row.slice(n));
}

const times = (matrix: Matrix, vector: readonly number[]): number[] =>
  matrix.map((row) => row.reduce((sum, v, j) => sum + v * vector[j]!, 0));

/** Whether each candidate has beaten each other one at least in a chain of wins and ties: else a rating has no end. */
function allComparable(size: number, judged: readonly PairJudged[]): boolean {
  const reaches = (won: boolean): boolean => {
    const seen = new Set([0]);
    for (const at of seen)
      for (const { first, second, outcome } of judged) {
        if (first === at && outcome !== (won ? 0 : 1)) seen.add(second);
        if (second === at && outcome !== (won ? 1 : 0)) seen.add(first);
      }
    return seen.size === size;
  };
  return reaches(true) && reaches(false);
}

/** The likeliest ratings, in nats around 0, by Newton's steps that are halved where they overshoot. */
function likeliest(size: number, judged: readonly PairJudged[]): number[] {
  const loss = (at: readonly number[]): number =>
    judged.reduce((sum, pair) => {
      const p = chanceOf(at, pair);
      return sum - pair.outcome * Math.log(p) - (1 - pair.outcome) * Math.log1p(-p);
    }, 0);
  let ratings = new Array<number>(size).fill(0);
  for (let step = 0; step < 100; step++) {
    const gradient = new Array<number>(size).fill(0);
    for (const pair of judged) {
      const rest = pair.outcome - chanceOf(ratings, pair);
      gradient[pair.first]! += rest;
      gradient[pair.second]! -= rest;
    }
    const hessian = pairMatrix(size, judged, (pair) => chanceOf(ratings, pair) * (1 - chanceOf(ratings, pair)));
    const direction = times(inverse(withRidge(hessian, RIDGE)), gradient);
    const moving = (share: number): number[] => ratings.map((v, i) => v + share * direction[i]!);
    let share = 1;
    while (loss(moving(share)) > loss(ratings) && share > 1e-6) share /= 2;
    const next = moving(share);
    const moved = Math.max(...next.map((v, i) => Math.abs(v - ratings[i]!)));
    ratings = next;
    if (moved < 1e-12) break;
  }
  return ratings;
}

/**
 * Ratings of `size` candidates in points, with intervals of 95 %. Undefined where no finite ratings fit: a candidate,
 * or a group, that never lost to the others, never won, or was never compared with them.
 */
export function bradleyTerry(size: number, judged: readonly PairJudged[]): Rating[] | undefined {
  if (size < 2 || !allComparable(size, judged)) return undefined;
  const ratings = likeliest(size, judged);
  const hessian = pairMatrix(size, judged, (pair) => chanceOf(ratings, pair) * (1 - chanceOf(ratings, pair)));
  const spread = pairMatrix(size, judged, (pair) => (pair.outcome - chanceOf(ratings, pair)) ** 2);
  const bread = inverse(withRidge(hessian, RIDGE * judged.length));
  return ratings.map((rating, i) => {
    const row = bread[i]!;
    const variance = times(spread, row).reduce((sum, v, j) => sum + v * row[j]!, 0);
    const half = Z95 * Math.sqrt(variance);
    const points = (v: number): number => v * POINTS + CENTRE;
    return { rating: points(rating), low: points(rating - half), high: points(rating + half) };
  });
}
