/** What a step leaves behind in one small tensor, so that one read-back fetches all of it. */

/**
 * Elements of the state, further stats behind them; `skipped` is 1 where nothing is updated, the two after it are those
 * of `lossScaling.ts`, for the next step.
 */
export const STATE = {
  ...{ loss: 0, correct: 1, labels: 2, norm: 3, scale: 4 },
  ...{ skipped: 5, lossScale: 6, clean: 7, size: 8 },
} as const;

/** The stats that a step's state holds, in their order. */
export const statsIn = (state: Float32Array): Float32Array =>
  Float32Array.of(...state.subarray(0, STATE.norm), ...state.subarray(STATE.size));
