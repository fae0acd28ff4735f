// The held-out rows of a checkpoint's run, for whoever measures its weights again; or why there are none.
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import type { CheckpointManifest } from '../../base/records/checkpoint';
import type { MixedText } from '../../base/records/mix';
import type { PreparedRecord } from '../../base/records/prepared';
import type { Unmeasurable } from '../../base/wire/forms';
import type { AtelierDb } from '../../storage/db';

/** What a run measured its weights on, as it was prepared. */
export interface HeldOut {
  settings: TrainSettings;
  prepared: PreparedRecord;
  /** Texts with a share of the loss, as of the run. */
  mix?: readonly MixedText[];
}

/** @param manifest absent for a stored model, which no run here made */
export async function heldOutOf(
  db: AtelierDb,
  manifest: CheckpointManifest | undefined,
): Promise<HeldOut | Unmeasurable> {
  const read = await trainedOn(db, manifest);
  return typeof read !== 'string' && read.prepared.validationTokens === 0 ? 'no-held-out' : read;
}

/** What a checkpoint's run read, whether something of it was held out or not. */
export async function trainedOn(
  db: AtelierDb,
  manifest: CheckpointManifest | undefined,
): Promise<HeldOut | Exclude<Unmeasurable, 'no-held-out'>> {
  if (!manifest) return 'no-run';
  const { settings, preparedId, preparedSha256, runId } = manifest;
  if (!settings || preparedId === undefined) return 'no-run';
  const prepared = await db.get('prepared', preparedId);
  if (prepared?.sha256 !== preparedSha256 || !prepared) return 'no-data';
  const { mix } = (await db.get('runs', runId)) ?? {};
  // a setting added since then takes its default, which keeps what it was before
  return { settings: { ...defaultSettings(), ...settings }, prepared, ...(mix && { mix }) };
}
