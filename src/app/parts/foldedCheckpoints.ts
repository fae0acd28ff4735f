// Which checkpoints of a run its table shows while it is folded: the newest and the best.

/** One more than these is shown too: a button would take its place. */
const FEW = 8;

/** All of them where they are few. */
export const foldedCheckpoints = <T extends { best?: boolean }>(newestFirst: readonly T[]): readonly T[] =>
  newestFirst.length <= FEW + 1 ? newestFirst : newestFirst.filter(({ best }, i) => i < FEW || best);
