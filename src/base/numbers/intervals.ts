// Intervals of 95 % in closed form: of a share (Wilson), and of a mean over rows that belong together (Student). What
// is made by drawing rows again is in resampling.ts.
import { meanOf } from './statistics';

/** From and to, both part of it. */
export interface Interval {
  low: number;
  high: number;
}

/** Of the standard normal distribution, 2.5 % of which lie above. */
export const Z95 = 1.959963984540054;
const LEVEL = 0.95;

/** Wilson's score interval of a share, `hits` of `n` (Wilson, 1927). All of [0, 1] where nothing was counted. */
export function wilson(hits: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const [share, z2] = [hits / n, Z95 * Z95];
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return { low: hits === 0 ? 0 : centre - half, high: hits === n ? 1 : centre + half };
}

/**
 * How many more of these it takes until Wilson's interval leaves one half, if the share stays: its bound is there where
 * |share − ½| = z / (2 √n). 0 where it has left it; undefined at exactly one half, and of none.
 */
export function neededToLeaveHalf(hits: number, n: number): number | undefined {
  const distance = Math.abs(hits / n - 0.5);
  if (n === 0 || distance === 0) return undefined;
  return Math.max(0, Math.floor((Z95 / (2 * distance)) ** 2) + 1 - n);
}

/** Rows of each cluster, in the order in which the clusters first come. */
export function clusterRows(clusters: readonly (string | number)[]): number[][] {
  const rows = new Map<string | number, number[]>();
  clusters.forEach((cluster, row) => {
    const own = rows.get(cluster);
    if (own) own.push(row);
    else rows.set(cluster, [row]);
  });
  return [...rows.values()];
}

/**
 * Standard error of the mean where values of one cluster belong together, with the correction for few clusters,
 * C / (C − 1) (Miller, 2024, appendix A: https://arxiv.org/abs/2411.00640). Undefined of fewer than two clusters.
 */
export function clusteredError(values: readonly number[], clusters: readonly (string | number)[]): number | undefined {
  const groups = clusterRows(clusters);
  const mean = meanOf(values);
  if (mean === undefined || groups.length < 2) return undefined;
  const squares = groups.map((rows) => rows.reduce((sum, row) => sum + values[row]! - mean, 0) ** 2);
  const sum = squares.reduce((a, b) => a + b, 0);
  return Math.sqrt((sum * groups.length) / (groups.length - 1)) / values.length;
}

/** The mean ± Student's t with clusters − 1 degrees of freedom; undefined of fewer than two clusters. */
export function studentInterval(
  values: readonly number[],
  clusters: readonly (string | number)[],
): Interval | undefined {
  const [mean, error] = [meanOf(values), clusteredError(values, clusters)];
  if (mean === undefined || error === undefined) return undefined;
  const half = studentQuantile((1 + LEVEL) / 2, new Set(clusters).size - 1) * error;
  return { low: mean - half, high: mean + half };
}

/** Where Student's distribution reaches a share above one half; by halving, since it rises. */
export function studentQuantile(share: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentBelow(high, freedom) < share) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-15 * high; step++) {
    const middle = (low + high) / 2;
    if (studentBelow(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The share of Student's distribution below t ≥ 0: 1 − I_x(ν/2, ½) / 2 at x = ν / (ν + t²). */
const studentBelow = (t: number, freedom: number): number =>
  1 - incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2;

/** The regularised incomplete beta function, by its continued fraction on the side where it converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Lentz's evaluation of the fraction (https://dlmf.nist.gov/8.17#v). */
function betaFraction(x: number, a: number, b: number): number {
  const kept = (v: number): number => (Math.abs(v) < 1e-300 ? 1e-300 : v);
  let [c, d] = [1, 1 / kept(1 - ((a + b) * x) / (a + 1))];
  let value = d;
  for (let m = 1; m < 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      factor = c * d;
      value *= factor;
    }
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return value;
}

/** Lanczos' approximation (g = 7, nine terms), to about 15 digits for x > 0. */
const LANCZOS = [
  ...[0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059],
  ...[12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7],
];

function logGamma(x: number): number {
  const t = x + 6.5;
  const sum = LANCZOS.reduce((all, term, i) => all + (i === 0 ? term : term / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
