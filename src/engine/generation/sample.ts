/** Draws the next token from logits: the penalty, temperature, top-k, top-p and min-p, on the CPU. */
import type { Sampling } from '../../base/chat';
import { AtelierError } from '../../base/errors/errors';
import type { RandomStream } from '../../base/numbers/rng';

export type DrawSettings = Pick<Sampling, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>;

/** Logits of some ids, those ascending: all that are likelier than any other. */
export interface Likeliest {
  logits: Float32Array;
  ids: Int32Array;
}

/** Logits [V] of all ids, or of as many as can be drawn. */
export type Logits = Float32Array | Likeliest;

/**
 * How many of the likeliest ids `drawToken` needs with these settings; undefined: all. The penalty makes ids of the
 * context less likely, so that as many others may come before them.
 */
export function idsToDraw(settings: DrawSettings, recentIds: Iterable<number>): number | undefined {
  const { temperature, topK, repetitionPenalty: penalty } = settings;
  const wanted = temperature === 0 ? 1 : topK;
  if (wanted === 0 || penalty < 1) return undefined;
  return penalty === 1 ? wanted : wanted + new Set(recentIds).size;
}

/**
 * Draws one token. The order is that of transformers: penalty, temperature, top-k, top-p, min-p; among equal logits the
 * lower id goes first, so that a seed gives one text.
 * @param logits at least `idsToDraw` of them; not changed
 * @param recentIds ids of the context, which the penalty makes less likely
 * @throws logits-not-finite when a weight has become NaN or infinite
 */
export function drawToken(
  logits: Logits,
  settings: DrawSettings,
  recentIds: Iterable<number>,
  random: RandomStream,
): number {
  if (logits instanceof Float32Array) return drawPlace(logits, settings, recentIds, random);
  const { ids } = logits;
  const seen = new Set(recentIds);
  // ids ascend, so that places order equals as ids do
  const places = Array.from(ids.keys()).filter((place) => seen.has(ids[place]!));
  return ids[drawPlace(logits.logits, settings, places, random)]!;
}

/** Draws a place among the logits. */
function drawPlace(logits: Float32Array, settings: DrawSettings, seen: Iterable<number>, random: RandomStream): number {
  const scores = penalised(logits, seen, settings.repetitionPenalty);
  const best = argmax(scores);
  if (!Number.isFinite(scores[best])) throw new AtelierError('logits-not-finite');
  if (settings.temperature === 0 || settings.topK === 1) return best;
  const places = candidates(scores, settings);
  // f64 and relative to the largest, so that small temperatures cannot overflow
  const shares = places.map((place) => Math.exp((scores[place]! - scores[best]!) / settings.temperature));
  const kept = shares.slice(0, nucleus(shares, settings.topP));
  return places[draw(settings.minP ? kept.map((share) => (share < settings.minP ? 0 : share)) : kept, random)]!;
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

/** Places that top-k leaves, the likeliest first. Without top-k and top-p the order does not matter and is not made. */
function candidates(scores: Float32Array, { topK, topP }: DrawSettings): number[] {
  const places = Array.from(scores.keys());
  if (topK === 0 && topP >= 1) return places;
  const likelier = (a: number, b: number): number => scores[b]! - scores[a]! || a - b;
  if (topK === 0 || topK >= places.length) return places.sort(likelier);
  // the k-th largest value first, so that only a few are sorted with a comparison function
  const threshold = scores.slice().sort()[scores.length - topK]!;
  return places
    .filter((place) => scores[place]! >= threshold)
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
