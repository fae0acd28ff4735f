// Evaluations: measured by the GPU worker, kept and reported by the data worker.
import type { EvaluationRecord } from '../src/base/records/evaluation';
import type { Id } from '../src/base/records/named';
import type {
  EvaluatedRowView,
  EvaluationFileKind,
  EvaluationProgress,
  EvaluationReport,
  EvaluationRequest,
  RowLine,
  TokenLosses,
} from '../src/base/wire/evaluation';
import type { ExportResult } from '../src/base/wire/requests';

export interface EvaluatingApi {
  /**
   * Stores what is to be evaluated, with the rows that are asked; `evaluate` measures it.
   *
   * @throws evaluation-no-rows, evaluation-mixed, prepared-missing, dataset-*, checkpoint-*, storage-*, cancelled
   */
  beginEvaluation(request: EvaluationRequest, signal: AbortSignal): Promise<EvaluationRecord>;
  /**
   * Measures what is not measured yet, in turns with a run; each block is stored, so that a cancel keeps what was done.
   *
   * @throws evaluation-missing, checkpoint-*, model-*, storage-*, cancelled
   */
  evaluate(id: Id, onProgress: (progress: EvaluationProgress) => void, signal: AbortSignal): Promise<EvaluationRecord>;
  /** The loss of each token of a row under one of the models. @throws evaluation-missing, checkpoint-*, cancelled */
  tokenLosses(id: Id, row: number, model: number, signal: AbortSignal): Promise<TokenLosses>;
}

export interface EvaluationsApi {
  listEvaluations(): Promise<EvaluationRecord[]>;
  renameEvaluation(id: Id, name: string): Promise<void>;
  deleteEvaluation(id: Id): Promise<void>;
  restoreEvaluation(id: Id): Promise<void>;
  /** For as far as the evaluation came. @throws evaluation-missing */
  evaluationReport(id: Id): Promise<EvaluationReport>;
  /** @throws evaluation-missing */
  evaluatedRow(id: Id, row: number): Promise<EvaluatedRowView>;
  /** Rows of one label that a classifier takes for another, or for the same. @throws evaluation-missing */
  confusedRows(id: Id, model: number, label: number, predicted: number): Promise<RowLine[]>;
  /** @throws evaluation-missing, evaluation-no-tasks, checkpoint-missing, tokenizer-missing */
  evaluationFile(id: Id, kind: EvaluationFileKind): Promise<Required<ExportResult>>;
}
