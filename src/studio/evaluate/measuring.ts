// What measures rows is handed: the evaluation, the model that is on the device, and its turns there.
import type { EvaluatedModel, EvaluationRecord } from '../../base/records/evaluation';
import type { LoadedModel } from '../chat/loadedModels';
import type { InTurn } from '../occupancy';

export interface Measuring {
  record: Pick<EvaluationRecord, 'longestAnswer' | 'seed' | 'thoughts'>;
  model: EvaluatedModel;
  loaded: LoadedModel;
  inTurn: InTurn;
  signal: AbortSignal | undefined;
}
