// Which pretrained model some weights come from, through any number of runs: its chat template and end tokens are
// theirs.
import type { Id } from '../../base/records/named';
import type { ModelRecord } from '../../base/records/model';
import type { RunRecord } from '../../base/records/run';
import { openCheckpoint } from '../../storage/checkpoints';
import type { AtelierDb } from '../../storage/db';
import type { OpenWeights } from './weights';

/**
 * The published model that weights are, or were once tuned from: its chat template and its end tokens are theirs.
 * Undefined for weights made here, or where that model is gone.
 *
 * @param weightsId of a checkpoint or a pretrained model
 * @throws checkpoint-missing
 */
export async function pretrainedModel(db: AtelierDb, weightsId: Id): Promise<ModelRecord | undefined> {
  const model = await db.get('models', weightsId);
  if (model) return model;
  const { manifest } = await openCheckpoint(db, weightsId);
  const run = await db.get('runs', manifest.runId);
  return run && pretrainedOrigin(db, run);
}

/** The same, of what a run trains. */
export async function pretrainedOrigin(db: AtelierDb, run: RunRecord): Promise<ModelRecord | undefined> {
  if (run.lora) return baseOf(db, run.lora);
  const { origin, pretrainedId } = run;
  if (pretrainedId !== undefined) return db.get('models', pretrainedId);
  if (origin.kind === 'model') return db.get('models', origin.modelId);
  if (origin.kind !== 'checkpoint') return undefined;
  const before = await runOfCheckpoint(db, origin.checkpointId);
  return before && pretrainedOrigin(db, before);
}

/** Whether a run, or one that it goes on from, was trained on conversations. */
export async function learnedConversations(
  db: AtelierDb,
  { settings, origin, conversational }: RunRecord,
): Promise<boolean> {
  if (conversational || (settings && settings.task !== 'text' && settings.task !== 'classify')) return true;
  if (origin.kind !== 'checkpoint') return false;
  const before = await runOfCheckpoint(db, origin.checkpointId);
  return before !== undefined && learnedConversations(db, before);
}

/** What a run takes over from the weights that it begins with, whose own records may be pruned or deleted one day. */
export async function heritageOf(
  db: AtelierDb,
  { base, checkpoint }: OpenWeights,
): Promise<Pick<RunRecord, 'pretrainedId' | 'conversational'>> {
  const before = checkpoint && (await db.get('runs', checkpoint.manifest.runId));
  if (!before) return base ? { pretrainedId: base.id } : {};
  const pretrained = await pretrainedOrigin(db, before);
  const conversational = await learnedConversations(db, before);
  return { ...(pretrained && { pretrainedId: pretrained.id }), ...(conversational && { conversational }) };
}

async function runOfCheckpoint(db: AtelierDb, id: Id): Promise<RunRecord | undefined> {
  const manifest = await db.get('checkpoints', id);
  return manifest && db.get('runs', manifest.runId);
}

/**
 * The base, which may have been opened anew under another id; conversations are written as the adapter has learned
 * them.
 */
async function baseOf(
  db: AtelierDb,
  { baseId, baseSha256, chatTemplate }: NonNullable<RunRecord['lora']>,
): Promise<ModelRecord | undefined> {
  const found =
    (await db.get('models', baseId)) ?? (await db.getAll('models')).find(({ sha256 }) => sha256 === baseSha256);
  return found && chatTemplate !== undefined ? { ...found, chatTemplate } : found;
}
