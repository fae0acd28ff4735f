/** The shape of an attention: its windows, its heads and what a query sees. */

export interface AttentionShape {
  /** Windows of `length` tokens, one after the other, which do not see each other. */
  batch: number;
  length: number;
  /** A multiple of `kvHeads`. */
  heads: number;
  kvHeads: number;
  headDim: number;
  /** The latest tokens that a query sees, itself included; absent: all. */
  window?: number | undefined;
  /** Of query·key; absent: 1/√headDim. */
  scale?: number | undefined;
}

export const scaleOf = ({ scale, headDim }: AttentionShape): number => scale ?? 1 / Math.sqrt(headDim);
