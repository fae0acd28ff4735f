// Measures what weights lose in the forms that they can be saved in: each form is written, read back, and run on the
// held-out rows of their run. It is kept with the checkpoint, form by form.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { tokensRead, type Batch, type TokenBatch } from '../../base/batch';
import type { FormLoss } from '../../base/records/checkpoint';
import { parameterCount } from '../../base/modelShape';
import type { FormKind } from '../../base/wire/forms';
import type { Id } from '../../base/records/named';
import { isJudged } from '../../base/settings/tuneSettings';
import { evaluatedWeights } from '../../engine/training/evaluation';
import { disposeWeights, uploadWeights } from '../../engine/models/weights';
import type { AtelierDb } from '../../storage/db';
import { keepFormLoss } from '../../storage/formLosses';
import { whileReading } from '../../storage/locks';
import { heldOutOf, type HeldOut } from '../data/heldOut';
import { openTrainingData } from '../data/trainingData';
import { exportModel } from '../export/exportModel';
import { openWeights, type OpenWeights } from '../models/weights';
import { evaluatedTexts, heldTexts } from '../data/mixedEvaluation';
import { heard, type VerifyOptions } from './greedyRuns';
import { readBack, tensorsBack } from './readBack';

/**
 * Takes turns with training, one for each batch. What was measured before an error or a cancel is kept.
 * @throws prepared-missing, what exporting and reading the file back throw, cancelled
 */
export const measureForms = (
  db: AtelierDb,
  checkpointId: Id,
  kinds: readonly FormKind[],
  options: VerifyOptions,
): Promise<void> =>
  whileReading(checkpointId, async () => {
    const weights = await openWeights(db, checkpointId);
    const held = await heldOutOf(db, weights.checkpoint?.manifest);
    if (typeof held === 'string') throw new AtelierError('prepared-missing');
    const texts = await textsOf(db, held);
    const each = texts.flatMap(({ batches }) => batches).reduce((sum, batch) => sum + tokensRead(batch), 0);
    let done = 0;
    const count = (batch: Batch): void =>
      options.onProgress?.({
        phase: 'checking',
        done: (done += tokensRead(batch)),
        total: kinds.length * each,
        unit: 'tokens',
      });
    const refused: AtelierError[] = [];
    for (const kind of kinds) {
      const rows = { ...held, texts, count };
      const found = await lossOf(db, checkpointId, weights, kind, rows, options).catch((thrown: unknown) => {
        if (!(thrown instanceof AtelierError) || thrown.code !== 'float-overflow') throw thrown;
        refused.push(thrown); // the other forms may hold these weights
      });
      if (found) await keepFormLoss(db, checkpointId, kind, found);
    }
    if (refused[0]) throw refused[0];
  });

/** The batches of one text that the run validated on, and its share of the loss. */
interface HeldText {
  share: number;
  batches: readonly Batch[];
}

/** Each text of the run's mix, else its one. Of pairs the chosen answers: their loss needs no other model beside it. */
async function textsOf(db: AtelierDb, { prepared, settings, mix }: HeldOut): Promise<HeldText[]> {
  const { windows } = await openTrainingData(db, prepared, settings, mix);
  return heldTexts<Batch>(windows).map(({ share, validationBatches }) => ({
    share,
    batches: [...validationBatches()].map(goodAnswers),
  }));
}

/** What is measured as text: of pairs the chosen answers, of marked ones the good. */
function goodAnswers(batch: Batch): TokenBatch {
  if ('chosen' in batch) return batch.chosen;
  if (!('answers' in batch)) return batch;
  const { weights = new Float32Array(), ...answers } = batch.answers;
  const targets = answers.targets.map((target, i) => (weights[i]! > 0 ? target : -1));
  return { ...answers, targets, labels: targets.filter((target) => target >= 0).length };
}

interface Rows extends HeldOut {
  texts: readonly HeldText[];
  /** A batch was queued. */
  count: (batch: Batch) => void;
}

async function lossOf(
  db: AtelierDb,
  id: Id,
  weights: OpenWeights,
  kind: FormKind,
  { settings, texts, count }: Rows,
  { share, signal }: VerifyOptions,
): Promise<FormLoss> {
  const { blob, fileName } = await exportModel(db, id, kind, { signal });
  const back = await readBack(weights, kind, new File([blob!], fileName));
  const counted = function* (batches: readonly Batch[]): Generator<Batch> {
    for (const batch of batches) {
      throwIfCancelled(signal);
      yield batch;
      count(batch);
    }
  };
  return share.hold(F32 * parameterCount(back.model), async () => {
    const uploaded = await uploadWeights(back.model, heard(tensorsBack(back), signal));
    try {
      const asTexts = isJudged(settings.task) ? { ...settings, task: 'text' as const } : settings;
      const { loss, labels } = await evaluatedTexts(texts, ({ batches }) =>
        evaluatedWeights(back.model, uploaded, asTexts, counted(batches), share.inTurn),
      );
      return { loss, labels };
    } finally {
      disposeWeights(uploaded);
    }
  });
}

/** Bytes of a number on the device. */
const F32 = 4;
