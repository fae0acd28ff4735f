// The one rule that turns a row's length into a context length; how the default follows from many rows is
// studio/train/tuningDefaults.ts.

const SHORTEST_CONTEXT = 64;
/** Tokens. Kernels work in tiles of 16 or 32 rows: a context between two multiples computes as much as the next one. */
const CONTEXT_STEP = 32;

/** The context that holds rows of so many tokens, no longer than what the model was made for. */
export const contextFor = (rowTokens: number, most: number): number =>
  Math.min(Math.max(Math.ceil(rowTokens / CONTEXT_STEP) * CONTEXT_STEP, SHORTEST_CONTEXT), most);
