// Asks this origin which build of the studio it serves.
import type { BuildRecord } from '../../../base/wire/build';

/** Undefined where there is no record, as in development, or where the server cannot be reached. */
export async function readBuild(): Promise<BuildRecord | undefined> {
  const response = await fetch(new URL('build.json', location.href), { cache: 'no-store' }).catch(() => undefined);
  if (!response?.ok) return undefined;
  return response.json().then(
    (record: BuildRecord) => record,
    () => undefined,
  );
}
