// Which checkpoints of a run may be deleted. It reads no storage; `prune` in checkpoints.ts deletes.
import { UNTRAINED, type CheckpointManifest, type CheckpointReason } from '../base/records/checkpoint';
import type { Id } from '../base/records/named';

/** Automatic saves kept besides the best, so that a damaged latest one has one before it. */
const LATEST = 2;

/** A loss this many times the lowest median of the run is far above it: batches differ by less, divergence by more. */
const FAR = 3;

/** Stay until the person deletes them. */
const BY_HAND: readonly CheckpointReason[] = ['manual', 'stopped', ...UNTRAINED];

/** Weights that learned got below this share of a guess's loss, and those that are lost are back at the other. */
const [LEARNED, LOST] = [0.95, 0.98];
/** Equal logits give the loss of a guess up to rounding; weights just drawn differ by more. */
const ROUNDING = 1e-4;

export type Weighed = Pick<CheckpointManifest, 'id' | 'reason' | 'best' | 'trainLoss' | 'medianLoss' | 'model'>;

/** The lowest median loss among checkpoints; those of older versions have only the loss of their last step. */
const lowestMedian = (checkpoints: readonly Weighed[]): number =>
  Math.min(...checkpoints.map(({ medianLoss, trainLoss }) => medianLoss ?? trainLoss ?? Infinity));

/**
 * A dead model gives every token the same logit, and its loss is the logarithm of the vocabulary's size: not far above
 * a median, and worth nothing.
 * @param lowest median loss of the run
 */
function isDead({ trainLoss, model }: Weighed, lowest: number): boolean {
  if (trainLoss === undefined) return false;
  const guess = Math.log(model.vocabSize);
  const level = Math.abs(trainLoss - guess) <= ROUNDING * guess;
  return level || (lowest < LEARNED * guess && trainLoss >= LOST * guess);
}

/**
 * The newest checkpoint whose loss is not far above the median; where none is so, that of the lowest loss. None where
 * every model is dead.
 */
export function lastGood<T extends Weighed>(newestFirst: readonly T[]): T | undefined {
  const lowest = lowestMedian(newestFirst);
  const lossOf = ({ trainLoss = 0 }: T): number => trainLoss;
  const alive = newestFirst.filter((c) => !isDead(c, lowest));
  return alive.find((c) => lossOf(c) <= FAR * lowest) ?? alive.toSorted((a, b) => lossOf(a) - lossOf(b))[0];
}

/**
 * What a run no longer needs. Kept are the best, what was saved by hand, `needed` (other runs began there), the last
 * good one, the latest automatic saves, and the latest save of a hidden page while it is newer than those.
 */
export function surplusOf<T extends Weighed>(newestFirst: readonly T[], needed: ReadonlySet<Id>, latest = LATEST): T[] {
  const free = newestFirst.filter((c) => !c.best && !BY_HAND.includes(c.reason) && !needed.has(c.id));
  const kept = [...free.filter((c) => c.reason !== 'hidden').slice(0, latest), lastGood(newestFirst)];
  const hidden = free.findIndex((c) => c.reason === 'hidden');
  const newer = free.slice(0, Math.max(0, hidden));
  if (newer.length < latest) kept.push(free[hidden]);
  return free.filter((c) => !kept.includes(c));
}
