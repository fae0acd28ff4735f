/** How far apart two rows of logits are, for whoever holds two implementations of one model. */

/** NaN beside a number, which no file of ours should give, is as far away as can be. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!);
    largest = apart >= 0 ? Math.max(largest, apart) : Infinity;
  }
  return largest;
}

/**
 * Σ p (log p − log q) of the distributions that two rows of logits are, in f64. Not below 0, whatever rounding says.
 */
export function divergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSum(p), logSum(q)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const own = p[i]! - logP;
    sum += Math.exp(own) * (own - (q[i]! - logQ));
  }
  return Math.max(0, sum);
}

/** log Σ exp: what is taken from a logit to make it a log-probability. */
export function logSum(logits: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(logits.reduce((sum, v) => sum + Math.exp(v - largest), 0));
}
