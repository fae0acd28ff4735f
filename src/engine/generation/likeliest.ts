// The likeliest tokens after a context, with the probabilities that the model itself gives them: the softmax of its
// logits. How a token is drawn from them is sample.ts.

/** A token's probability in the softmax of the logits, and its place among all: 1 is the likeliest. */
export interface Chance {
  id: number;
  probability: number;
  rank: number;
}

/**
 * The likeliest ids, in order, and the chance of one id beside them; among equal logits the lower id goes first. In
 * f64, so that the probabilities of a large vocabulary sum to 1.
 * @param logits of all ids
 */
export function likeliestOf(logits: Float32Array, count: number, id: number): { likeliest: Chance[]; drawn: Chance } {
  const best = topIds(logits, count);
  const largest = logits[best[0]!]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const chance = (of: number, rank: number): Chance => ({
    id: of,
    probability: Math.exp(logits[of]! - largest) / sum,
    rank,
  });
  return { likeliest: best.map((each, i) => chance(each, i + 1)), drawn: chance(id, rankOf(logits, id)) };
}

/** One pass with a short sorted list: a vocabulary has a hundred thousand ids, of which a few are wanted. */
function topIds(logits: Float32Array, count: number): number[] {
  const top: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (top.length === count && logits[id]! <= logits[top[count - 1]!]!) continue;
    const place = top.findIndex((other) => logits[id]! > logits[other]!);
    top.splice(place < 0 ? top.length : place, 0, id);
    top.length = Math.min(top.length, count);
  }
  return top;
}

function rankOf(logits: Float32Array, id: number): number {
  let before = 0;
  for (let other = 0; other < logits.length; other++)
    if (logits[other]! > logits[id]! || (logits[other] === logits[id] && other < id)) before++;
  return before + 1;
}
