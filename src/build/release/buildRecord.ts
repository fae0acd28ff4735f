// Writes build.json into each build: its version, and every file of it with its SHA-256, by which a release is checked.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Plugin } from 'vite';
import type { BuildRecord } from '../../base/wire/build.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

export const BUILD_FILE = 'build.json';

/** The files of a folder in the order of their names, with their hashes, and the hash of the list. */
export function recordOf(folder: string, version: string): BuildRecord {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .filter((path) => path !== BUILD_FILE)
    .sort()
    .map((path) => ({ path, sha256: sha256(readFileSync(join(folder, path))) }));
  const list = files.map((file) => `${file.sha256}  ${file.path}\n`).join('');
  return { name: 'Atelier', version, sha256: sha256(list), files };
}

/** Runs when all other plugins have written. @param version as package.json has it */
export function buildRecord(version: string): Plugin {
  let outDir = '';
  return {
    name: 'atelier:build-record',
    apply: 'build',
    configResolved: (config) => {
      ({ outDir } = config.build);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      handler: () => writeFileSync(join(outDir, BUILD_FILE), `${JSON.stringify(recordOf(outDir, version), null, 1)}\n`),
    },
  };
}
