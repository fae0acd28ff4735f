// Compares a saved file with its model: the file runs in our engine, token by token beside the model.
import { throwIfCancelled } from '../../base/errors/errors';
import type { Id } from '../../base/records/named';
import type { ModelKind } from '../../base/wire/exportKinds';
import type { Verification } from '../../base/wire/requests';
import { divergence, largestDifference } from '../../engine/generation/logitDistance';
import { argmax } from '../../engine/generation/sample';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { greedyRuns, heard, inTurns, type Count, type GreedyRun, type VerifyOptions, type Writer } from './greedyRuns';
import { readBack, tensorsBack } from './readBack';
import { openWeights } from '../models/weights';

/**
 * Reads an exported file back with our readers and runs it on the device beside the weights that it was made of, one
 * after the other: the weights choose 16 tokens after each prompt, greedily, and the file is asked what it would have
 * chosen at each place. A classifier is asked for the classes of short texts.
 * @throws those of reading it, of openWeights, cancelled
 */
export const verifyExport = (
  db: AtelierDb,
  weightsId: Id,
  kind: ModelKind,
  file: File,
  options: VerifyOptions,
): Promise<Verification> => whileReading(weightsId, () => verified(db, weightsId, kind, file, options));

async function verified(
  db: AtelierDb,
  weightsId: Id,
  kind: ModelKind,
  file: File,
  options: VerifyOptions,
): Promise<Verification> {
  const weights = await openWeights(db, weightsId);
  const back = await readBack(weights, kind, file);
  const { spoken, count } = await greedyRuns(db, weights, options);
  const { share, signal } = options;
  const beside = weights.model.classes?.several ? BESIDE_SEVERAL : BESIDE;
  return inTurns(share, back.model, heard(tensorsBack(back), signal), (writer) =>
    compare(writer, { spoken, beside, count }, signal),
  );
}

/** The logits of one place beside those of the weights. */
interface Beside {
  isEqual(found: Float32Array, own: Float32Array): boolean;
  divergence(own: Float32Array, found: Float32Array): number;
}

const BESIDE: Beside = { isEqual: (found, own) => argmax(found) === argmax(own), divergence };

/** Each of several classes is there or not: its logit beside that of not being there, which is 0. */
const BESIDE_SEVERAL: Beside = {
  isEqual: (found, own) => found.every((logit, id) => logit > 0 === own[id]! > 0),
  divergence: (own, found) =>
    own.reduce((sum, logit, id) => sum + divergence(Float32Array.of(logit, 0), Float32Array.of(found[id]!, 0)), 0),
};

interface Comparing {
  spoken: GreedyRun[];
  beside: Beside;
  count: Count;
}

async function compare(
  writer: Writer,
  { spoken, beside, count }: Comparing,
  signal?: AbortSignal,
): Promise<Verification> {
  const sums: Verification = { tokens: 0, equalTokens: 0, largestDifference: 0, divergence: 0 };
  for (const { prompt, ids, logits } of spoken)
    for (const i of ids.keys()) {
      throwIfCancelled(signal);
      const found = await (i ? writer.next(ids[i - 1]!) : writer.prefill(prompt));
      count();
      sums.tokens++;
      if (beside.isEqual(found, logits[i]!)) sums.equalTokens++;
      sums.largestDifference = Math.max(sums.largestDifference, largestDifference(found, logits[i]!));
      sums.divergence += beside.divergence(logits[i]!, found);
    }
  return { ...sums, divergence: sums.divergence / sums.tokens };
}
