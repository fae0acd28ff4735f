// `npm run hosting`: writes the files for those who host the studio into docs/hosting.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runnerImport } from 'vite';
import { root } from '../install.mjs';

/** @typedef {typeof import('./files.ts')} Files */
const { module } = await runnerImport('./src/build/hosting/files.ts', { root, configFile: false, logLevel: 'error' });
const { HOSTING, hostingFiles } = /** @type {Files} */ (module);
for (const [name, text] of Object.entries(hostingFiles(root))) {
  const path = join(root, HOSTING, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
