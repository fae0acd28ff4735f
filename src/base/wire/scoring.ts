// What the page asks a model about the rows of a dataset, and what it is told when that is kept.
import type { Id } from '../records/named';

/** Rows that a model measures. */
export interface ScoreRequest {
  datasetId: Id;
  /** Of a checkpoint or a stored model. */
  weightsId: Id;
  /** The name that its numbers go by. */
  model: string;
  /** Places of the rows; absent: all. */
  places?: readonly number[];
}

/** How many rows have a number now, and of these how many were cut to the context. */
export interface Scored {
  rows: number;
  cut: number;
  /** Rows that the model's template refuses. */
  refused: number;
}
