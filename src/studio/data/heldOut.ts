// The held-out rows of a checkpoint's run, for whoever measures its weights again; or why there are none.
import { defaultSettings, type TrainSettings } from '../../base/settings/trainSettings';
import type { CheckpointManifest } from '../../base/records/checkpoint';
import type { PreparedRecord } from '../../base/records/prepared';
import type { Unmeasurable } from '../../base/wire/forms';
import type { AtelierDb } from '../../storage/db';

/** What a run measured its weights on, as it was prepared. */
export interface HeldOut {
  settings: TrainSettings;
  prepared: PreparedRecord;
}

/** @param manifest absent for a stored model, which no run here made */
export async function heldOutOf(
  db: AtelierDb,
  manifest: CheckpointManifest | undefined,
): Promise<HeldOut | Unmeasurable> {
  const { settings, preparedId, preparedSha256 } = manifest ?? {};
  if (!settings || preparedId === undefined) return 'no-run';
  const prepared = await db.get('prepared', preparedId);
  if (prepared?.sha256 !== preparedSha256 || !prepared) return 'no-data';
  if (prepared.validationTokens === 0) return 'no-held-out';
  // a setting added since then takes its default, which keeps what it was before
  return { settings: { ...defaultSettings(), ...settings }, prepared };
}
