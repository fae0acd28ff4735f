// Opens adapters that are used together, and refuses those that cannot be added up. The sum itself: loraSum.ts.
import { AtelierError } from '../../base/errors/errors';
import { loraSpecs } from '../../base/lora';
import type { Summand } from './loraSum';
import type { ModelRecord } from '../../base/records/model';
import type { WeighedAdapter } from '../../base/records/together';
import { TUNE_SETTINGS } from '../../base/settings/tuneSettings';
import type { AtelierDb } from '../../storage/db';
import { openWeights, type OpenWeights } from './weights';

/** An adapter of several, with what it stands beside. */
export interface OpenSummand extends Summand {
  name: string;
  source: OpenWeights;
}

/**
 * The adapters of which something is taken, in their order; all stand beside one base.
 * @param base the one that they shall stand beside; absent: that of the first
 * @throws together-base, together-none, together-tokens, together-parts, together-rank, and what opening weights throws
 */
export async function openSummands(
  db: AtelierDb,
  chosen: readonly WeighedAdapter[],
  base?: ModelRecord,
): Promise<OpenSummand[]> {
  const opened = await Promise.all(
    chosen.filter(({ weight }) => weight !== 0).map(({ weightsId, weight }) => openSummand(db, weightsId, weight)),
  );
  const [first] = opened;
  if (!first) return [];
  for (const other of opened) checkBase(base ?? first.source.base!, other);
  const rank = opened.reduce((sum, { lora }) => sum + lora.rank, 0);
  const { max } = TUNE_SETTINGS.loraRank;
  if (rank > max) throw new AtelierError('together-rank', { rank, most: max });
  return opened;
}

async function openSummand(db: AtelierDb, weightsId: string, weight: number): Promise<OpenSummand> {
  const source = await openWeights(db, weightsId);
  const { adapter, checkpoint, base, model } = source;
  const run = checkpoint && (await db.get('runs', checkpoint.manifest.runId));
  const name = run?.name ?? base?.name ?? '';
  if (!adapter || !checkpoint) throw new AtelierError('together-none', { name });
  if (adapter.lora.tokens)
    throw new AtelierError('together-tokens', { name, tokens: adapter.lora.tokens.texts.join(' ') });
  const known = new Set(loraSpecs(model, adapter.lora).map((spec) => spec.name));
  const stranger = checkpoint.manifest.tensors.find((t) => t.role === 'weight' && !known.has(t.name));
  if (stranger) throw new AtelierError('together-parts', { name, tensor: stranger.name });
  return { ...adapter, name, source, weight };
}

/** @throws together-base */
function checkBase(base: ModelRecord, { name, source }: OpenSummand): void {
  const other = source.base!;
  if (base.id !== other.id && base.sha256 !== other.sha256)
    throw new AtelierError('together-base', { name, base: base.name, other: other.name });
}
