// What a model found of the rows of one version of a dataset, kept beside them: how likely each row is, or each answer
// of a label task. It changes no row.
import type { LabelAnswer } from './labels';
import type { Id } from './named';

interface ByModel {
  /** Of a checkpoint or a stored model. */
  weightsId: Id;
  /** The name of the run or the model when it was asked. */
  model: string;
  /** Tokens of a row that the model saw at most. */
  context: number;
  /** Rows that were longer. */
  cut: number;
  /** Rows that the model's template refuses. */
  refused: number;
  at: number;
}

/** A row that was measured and has no loss: the template refuses it, or nothing of it is graded. */
export const NO_LOSS = -1;

/** Of each row the mean loss of its graded tokens, in nats, or `NO_LOSS`. */
export interface LossScores extends ByModel {
  kind: 'loss';
}

/** Of each row the probability of each answer of a label task. */
export interface AnswerScores extends ByModel {
  kind: 'answers';
  taskId: Id;
  answers: readonly LabelAnswer[];
  prompt: string;
}

export type ScoresAbout = LossScores | AnswerScores;

/** Values of all rows in their order, so many for each as there are; NaN: none. */
export interface RowScores<About extends ScoresAbout = ScoresAbout> {
  about: About;
  values: Float32Array<ArrayBuffer>;
}

/** Values of each row. */
export const scoresEach = (about: ScoresAbout): number => (about.kind === 'loss' ? 1 : about.answers.length);
