/**
 * What differs between two steps of one shape, besides the tokens. A trainer has one such object and sets it before
 * each step; ops keep the object and read it in `live`, when their params are written, so that a replayed step has
 * numbers of its own.
 */
export interface StepNumbers {
  /** Factor of the summed losses: 1 / labels of the step. */
  lossScale: number;
  /** Of pairs of answers, whose `lossScale` is 1 / pairs: 1 / labels of the chosen ones. */
  labelScale?: number;
  /** Learning rate. */
  rate: number;
  /** This optimizer update, counted from 1. */
  update: number;
}
