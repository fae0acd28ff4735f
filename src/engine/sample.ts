import type { Sampling } from '../base/chat';
import { AtelierError } from '../base/errors/errors';
import type { RandomStream } from '../base/rng';

export type DrawSettings = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'repetitionPenalty'>;

/**
 * Draws one token. The order is that of transformers: penalty, temperature, top-k, top-p; among equal logits the lower
 * id goes first, so that a seed gives one text.
 * @param logits [V], not changed
 * @param recentIds ids of the context, which the penalty makes less likely
 * @throws logits-not-finite when a weight has become NaN or infinite
 */
export function drawToken(
  logits: Float32Array,
  settings: DrawSettings,
  recentIds: Iterable<number>,
  random: RandomStream,
): number {
  const scores = penalised(logits, recentIds, settings.repetitionPenalty);
  const best = argmax(scores);
  if (!Number.isFinite(scores[best])) throw new AtelierError('logits-not-finite');
  if (settings.temperature === 0 || settings.topK === 1) return best;
  const ids = candidates(scores, settings);
  // f64 and relative to the largest, so that small temperatures cannot overflow
  const shares = ids.map((id) => Math.exp((scores[id]! - scores[best]!) / settings.temperature));
  return ids[draw(shares.slice(0, nucleus(shares, settings.topP)), random)]!;
}

/** The lowest index of the largest value; an index of a NaN where there is one. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}

/** Keskar et al. (2019): positive logits of seen tokens are divided by the penalty, negative ones multiplied. */
function penalised(logits: Float32Array, seen: Iterable<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const scores = logits.slice();
  for (const id of new Set(seen)) scores[id]! *= scores[id]! > 0 ? 1 / penalty : penalty;
  return scores;
}

/** Ids that top-k leaves, the likeliest first. Without top-k and top-p the order does not matter and is not made. */
function candidates(scores: Float32Array, { topK, topP }: DrawSettings): number[] {
  const ids = Array.from(scores, (_, id) => id);
  if (topK === 0 && topP >= 1) return ids;
  const likelier = (a: number, b: number): number => scores[b]! - scores[a]! || a - b;
  if (topK === 0 || topK >= ids.length) return ids.sort(likelier);
  // the k-th largest value first, so that only a few ids are sorted with a comparison function
  const threshold = scores.slice().sort()[scores.length - topK]!;
  return ids
    .filter((id) => scores[id]! >= threshold)
    .sort(likelier)
    .slice(0, topK);
}

/** How many of the likeliest make up `topP` of the whole: at least one, and the one that crosses the line counts. */
function nucleus(shares: number[], topP: number): number {
  if (topP >= 1) return shares.length;
  const enough = topP * shares.reduce((a, b) => a + b, 0);
  let sum = 0;
  const crossing = shares.findIndex((share) => (sum += share) >= enough);
  return crossing < 0 ? shares.length : crossing + 1;
}

/** An index, each with a chance in proportion to its share. */
function draw(shares: number[], random: RandomStream): number {
  const target = random.next() * shares.reduce((a, b) => a + b, 0);
  let sum = 0;
  const index = shares.findIndex((share) => (sum += share) > target);
  return index < 0 ? shares.length - 1 : index;
}
