// What a loaded model finds of the rows of a dataset (GPU worker). It is kept beside the rows, where tables read it.
import type { OnProgress } from '../src/base/wire/events';
import type { Scored, ScoreRequest } from '../src/base/wire/scoring';

export interface ScoringApi {
  /**
   * Measures the loss of rows, those that were measured before left out; a cancel keeps what was measured.
   *
   * @throws cancelled, dataset-*, template-*, storage-*, and what loading weights throws
   */
  scoreRows(request: ScoreRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Scored>;
}
