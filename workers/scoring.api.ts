// What a loaded model finds of the rows of a dataset (GPU worker). It is kept beside the rows, where tables read it.
import type { OnProgress } from '../src/base/wire/events';
import type { AnswersRequest, Scored, ScoreRequest } from '../src/base/wire/scoring';

export interface ScoringApi {
  /**
   * Measures the loss of rows, those that were measured before left out; a cancel keeps what was measured.
   *
   * @throws cancelled, dataset-*, template-*, storage-*, and what loading weights throws
   */
  scoreRows(request: ScoreRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Scored>;
  /**
   * How likely a model finds each answer of a label task for rows that were not asked before; a cancel keeps what was
   * found.
   *
   * @throws cancelled, dataset-*, template-*, storage-*, and what loading weights throws
   */
  suggestAnswers(request: AnswersRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Scored>;
}
