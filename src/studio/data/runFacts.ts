// What a run was made of, collected from the records that it names: texts, tokens, tokenizer, device.
import type { Id } from '../../base/records/named';
import type { RunRecord } from '../../base/records/run';
import type { RunFacts, RunText } from '../../base/wire/requests';
import { ofRun } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { getRun, readHistory } from '../../storage/runs';

/**
 * A record that is no longer stored is left out, and names stay.
 * @throws run-missing
 */
export async function runFacts(db: AtelierDb, id: Id): Promise<RunFacts> {
  const run = await getRun(db, id);
  const [prepared, tokenizer, manifests, parts, fromRunId] = await Promise.all([
    run.preparedId === undefined ? undefined : db.get('prepared', run.preparedId),
    db.get('tokenizers', run.tokenizerId),
    db.getAllFromIndex('checkpoints', 'byRun', ofRun(id)),
    readHistory(db, id),
    originRun(db, run),
  ]);
  const steps = parts.flatMap((part) => part.steps);
  return {
    texts: await textsOf(db, run, prepared?.datasetIds ?? []),
    ...(prepared && { prepared }),
    ...(tokenizer && { tokenizer: { id: tokenizer.id, name: tokenizer.name, vocabSize: tokenizer.vocabSize } }),
    gpuNames: [...new Set(manifests.map(({ gpuName }) => gpuName))],
    milliseconds: steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    ...(fromRunId !== undefined && { fromRunId }),
  };
}

/** The record of the run has the names, in the order of the ids that its tokens were made of. */
const textsOf = (db: AtelierDb, { datasetNames }: RunRecord, ids: readonly Id[]): Promise<RunText[]> =>
  Promise.all(
    datasetNames.map(async (name, i) => {
      const id = ids[i];
      const dataset = id === undefined ? undefined : await db.get('datasets', id);
      if (!dataset) return { name, listed: false };
      const { rows, sha256, deletedAt, version } = dataset;
      return {
        ...{ id: dataset.id, name: dataset.name, rows, sha256, listed: deletedAt === undefined },
        ...(version && { version: version.number }),
      };
    }),
  );

async function originRun(db: AtelierDb, { origin }: RunRecord): Promise<Id | undefined> {
  if (origin.kind !== 'checkpoint') return undefined;
  const manifest = await db.get('checkpoints', origin.checkpointId);
  const run = manifest && (await db.get('runs', manifest.runId));
  return run && run.deletedAt === undefined ? run.id : undefined;
}
