// Evaluations as the GPU worker offers them: begun, measured in turns with a run, and looked into.
import type { EvaluatedModel, EvaluationRecord } from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { EvaluationProgress, EvaluationRequest, TokenLosses } from '../../base/wire/evaluation';
import type { AtelierDb } from '../../storage/db';
import type { LoadedModel } from '../chat/loadedModels';
import type { InTurn } from '../occupancy';
import { beginEvaluation, evaluate } from './evaluate';
import { tokenLosses } from './tokenLosses';

/** How an evaluation comes to its models and its turns. */
export interface EvaluationShare {
  inTurn: InTurn;
  withModel<T>(model: EvaluatedModel, signal: AbortSignal, work: (loaded: LoadedModel) => Promise<T>): Promise<T>;
}

export class Evaluations {
  constructor(
    private readonly db: AtelierDb,
    private readonly share: EvaluationShare,
  ) {}

  /** @throws those of `beginEvaluation` */
  begin(request: EvaluationRequest, signal: AbortSignal): Promise<EvaluationRecord> {
    return beginEvaluation(this.db, request, signal);
  }

  /** @throws those of `evaluate` */
  measure(id: Id, onProgress: (progress: EvaluationProgress) => void, signal: AbortSignal): Promise<EvaluationRecord> {
    const { inTurn, withModel } = this.share;
    return evaluate(this.db, id, {
      inTurn,
      withModel: (model, work) => withModel(model, signal, work),
      onProgress,
      signal,
    });
  }

  /** @throws those of `tokenLosses` */
  tokenLosses(id: Id, row: number, model: number, signal: AbortSignal): Promise<TokenLosses> {
    const { inTurn, withModel } = this.share;
    return tokenLosses(this.db, { id, row, model }, (asked, work) => withModel(asked, signal, work), inTurn);
  }
}
