// Keeps the sum of several adapters of one base as one adapter, as if it had been opened beside it.
import { AtelierError, throwIfCancelled } from '../../base/errors/errors';
import { loraSpecs } from '../../base/lora';
import { loraSumReader, loraSumShape } from './loraSum';
import { UNTRAINED } from '../../base/records/checkpoint';
import type { Adaptation } from '../../base/records/model';
import type { JoinedPart, RunRecord } from '../../base/records/run';
import type { WeighedAdapter } from '../../base/records/together';
import type { TensorSource } from '../../storage/checkpointChunks';
import { saveCheckpoint } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import { whileReading } from '../../storage/locks';
import { learnedConversations } from './pretrained';
import { openSummands, type OpenSummand } from './summands';

/**
 * Adds adapters up and stores the sum as a run of its own, which needs none of them any more. Run and weights are
 * written atomically; one tensor at a time is in memory. Conversations are written as the first of them has learned it.
 *
 * @throws together-*, base-missing, cancelled, and what storage throws
 */
export async function joinAdapters(
  db: AtelierDb,
  name: string,
  chosen: readonly WeighedAdapter[],
  signal?: AbortSignal,
): Promise<RunRecord> {
  const ids = [...new Set(chosen.map(({ weightsId }) => weightsId))];
  return ids.reduce(
    (work, id) => () => whileReading(id, work),
    () => join(db, name, chosen, signal),
  )();
}

async function join(
  db: AtelierDb,
  name: string,
  chosen: readonly WeighedAdapter[],
  signal: AbortSignal | undefined,
): Promise<RunRecord> {
  const summands = await openSummands(db, chosen);
  const [first] = summands;
  if (!first) throw new AtelierError('together-nothing');
  const { model } = first.source;
  const run = await joinedRun(db, name, first, summands);
  const draft = {
    runId: run.id,
    ...{ step: 0, totalSteps: 0, cursor: 0, tokens: 0 },
    ...({ reason: 'joined', best: false, kernelVariants: {}, gpuName: '' } as const),
    ...{ model, tokenizerId: run.tokenizerId, lora: run.lora! },
  };
  const read = loraSumReader(model, summands);
  const sources = loraSpecs(model, run.lora!).map((parameter): TensorSource => {
    const { name, shape } = parameter;
    return {
      spec: { name, shape, dtype: 'F32', role: 'weight' },
      read: async () => {
        throwIfCancelled(signal);
        return new Uint8Array((await read(parameter)).buffer);
      },
    };
  });
  await saveCheckpoint(db, draft, sources, { run: { create: run } });
  return run;
}

async function joinedRun(
  db: AtelierDb,
  name: string,
  { source }: OpenSummand,
  summands: readonly OpenSummand[],
): Promise<RunRecord> {
  const at = Date.now();
  const base = source.base!;
  const { baseHub = base.hub, chatTemplate, precision } = source.adapter!.lora;
  const lora: Adaptation = {
    ...loraSumShape(source.model, summands),
    ...{ baseId: base.id, baseName: base.name, baseSha256: base.sha256, precision },
    ...(baseHub && { baseHub }),
    ...(chatTemplate !== undefined && { chatTemplate }),
  };
  const notice = otherTemplate(summands);
  return {
    ...{ id: crypto.randomUUID(), name, createdAt: at, updatedAt: at, status: 'imported' },
    origin: { kind: 'joined', parts: summands.map(partOf) },
    ...{ model: source.model, lora, tokenizerId: source.tokenizerId, datasetNames: [] },
    ...{ step: 0, totalSteps: 0, tokens: 0 },
    ...((await oneConversational(db, summands)) && { conversational: true }),
    ...(notice && { notice }),
  };
}

function partOf({ name, weight, source }: OpenSummand): JoinedPart {
  const { id: checkpointId, step, reason } = source.checkpoint!.manifest;
  return { name, weight, checkpointId, ...(!UNTRAINED.includes(reason) && { step }) };
}

/** An adapter that learned conversations in another way than the first one reads them in that one's. */
function otherTemplate(summands: readonly OpenSummand[]): RunRecord['notice'] {
  const templateOf = ({ source }: OpenSummand): string | undefined => source.adapter!.lora.chatTemplate;
  const [first] = summands;
  const other = summands.find((summand) => templateOf(summand) !== templateOf(first!));
  return other && { code: 'together-templates', facts: { name: first!.name, other: other.name } };
}

async function oneConversational(db: AtelierDb, summands: readonly OpenSummand[]): Promise<boolean> {
  const runs = await Promise.all(summands.map(({ source }) => db.get('runs', source.checkpoint!.manifest.runId)));
  const learned = await Promise.all(runs.flatMap((run) => (run ? [learnedConversations(db, run)] : [])));
  return learned.includes(true);
}
