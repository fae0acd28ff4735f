// Which adapters of one base are used together, and how much of each.
import type { Id } from './named';

/** One of several adapters that are added up. */
export interface WeighedAdapter {
  /** A checkpoint of the adapter. */
  weightsId: Id;
  /** How much of what it adds; 1: as it was trained. */
  weight: number;
}

/** A person chooses no more of an adapter than this; it cannot be taken away from the base either. */
export const MOST_WEIGHT = 1.5;
export const WEIGHT_STEP = 0.05;

/** The adapters that answer a talk: how much of the chosen one, and which others with it. */
export interface Together {
  /** Of the chosen one, where that is an adapter. */
  weight: number;
  others: { runId: Id; weight: number }[];
}
