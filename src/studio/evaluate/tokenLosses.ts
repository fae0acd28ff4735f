// The loss of each token of one row, for a row that is looked at: it is measured when it is asked for, and not kept.
import type { EvaluatedModel } from '../../base/records/evaluation';
import type { Id } from '../../base/records/named';
import type { TokenLosses } from '../../base/wire/evaluation';
import type { AtelierDb } from '../../storage/db';
import { evaluationChunks, getEvaluation } from '../../storage/evaluations';
import type { LoadedModel } from '../chat/loadedModels';
import type { InTurn } from '../occupancy';
import { rowTokens } from '../score/rowTokens';
import { scoredContext, WindowScorer } from '../score/windowScorer';
import { gradedOf } from './writtenRow';

/** A row of an evaluation, and which of its models reads it. */
interface WhichRow {
  id: Id;
  row: number;
  model: number;
}

/** @throws evaluation-missing, template-*, checkpoint-*, cancelled, and what the device throws */
export async function tokenLosses(
  db: AtelierDb,
  { id, row, model }: WhichRow,
  withModel: <T>(model: EvaluatedModel, work: (loaded: LoadedModel) => Promise<T>) => Promise<T>,
  inTurn: InTurn,
): Promise<TokenLosses> {
  const record = await getEvaluation(db, id);
  const rows = (await evaluationChunks(db, id)).flatMap((chunk) => (chunk.kind === 'rows' ? chunk.rows : []));
  const asked = record.models[model]!;
  return withModel(asked, async (loaded) => {
    const graded = gradedOf({ model: asked, record }, rows[row]!, rowTokens(loaded));
    const scorer = new WindowScorer(loaded.model, inTurn);
    let losses: number[] = [];
    await scorer.add(graded, (found) => (losses = [...found.losses]));
    await scorer.finish();
    const ids = [...graded.ids.subarray(0, scoredContext(loaded.model) + 1)];
    const pieces = ids.map((token) => loaded.tokenizer.show(token).text);
    return { pieces, losses: ids.map((_, i) => (i > 0 && graded.weights[i]! !== 0 ? (losses.shift() ?? null) : null)) };
  });
}
