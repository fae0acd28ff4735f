// `npm run release`: builds the studio and writes it as release/atelier-VERSION.zip, with the SHA-256 of each file.
// @ts-check
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install, root } from '../install.mjs';

install();
process.chdir(root);
const { build, runnerImport } = await import('vite');
/** @typedef {typeof import('./releaseFile.ts')} ReleaseFile */
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
console.log('Building …');
await build({ logLevel: 'warn' });
const { module } = await runnerImport('./src/build/release/releaseFile.ts', {
  root,
  configFile: false,
  logLevel: 'error',
});
const bytes = await /** @type {ReleaseFile} */ (module).releaseOf(join(root, 'dist'), version);
const name = `atelier-${version}.zip`;
const sha256 = createHash('sha256').update(bytes).digest('hex');
mkdirSync('release', { recursive: true });
writeFileSync(join('release', name), bytes);
writeFileSync(join('release', `${name}.sha256`), `${sha256}  ${name}\n`);
console.log(`\nrelease/${name}: ${bytes.length} bytes, SHA-256 ${sha256}\n`);
