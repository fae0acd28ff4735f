// A release as a whole: its record of files, its archive and its licences (src/build/release/).
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobReader, TextWriter, ZipReader, type FileEntry } from '@zip.js/zip.js';
import { afterAll, expect, test } from 'vitest';
import type { BuildRecord } from '../../../src/base/wire/build.ts';
import { recordOf } from '../../../src/build/release/buildRecord.ts';
import { licencesIn, packagesOf } from '../../../src/build/release/licences.ts';
import { releaseOf } from '../../../src/build/release/releaseFile.ts';
import { ROOT } from '../../sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'atelier-release-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'assets'));
writeFileSync(join(folder, 'index.html'), '<title>studio</title>');
writeFileSync(join(folder, 'assets', 'a.js'), 'x'.repeat(10_000));
writeFileSync(join(folder, 'build.json'), 'of the build before');

test('a record lists every file but itself, as sha256sum does, and changes with a byte', () => {
  const { files, sha256 } = recordOf(folder, '1.2.3');
  expect(files.map(({ path }) => path)).toEqual(['assets/a.js', 'index.html']);
  const page = createHash('sha256').update('<title>studio</title>').digest('hex');
  expect(files[1]!.sha256).toBe(page);
  const list = files.map((file) => `${file.sha256}  ${file.path}\n`).join('');
  expect(sha256).toBe(createHash('sha256').update(list).digest('hex'));
  writeFileSync(join(folder, 'index.html'), '<title>studio!</title>');
  expect(recordOf(folder, '1.2.3').sha256).not.toBe(sha256);
  writeFileSync(join(folder, 'index.html'), '<title>studio</title>');
});

test('two releases of the same files are the same bytes, whenever the files were written', async () => {
  const first = await releaseOf(folder, '1.2.3');
  utimesSync(join(folder, 'index.html'), 1e9, 1e9);
  expect(Buffer.from(await releaseOf(folder, '1.2.3')).equals(Buffer.from(first))).toBe(true);
  const entries = (await new ZipReader(new BlobReader(new Blob([first.slice()]))).getEntries()) as FileEntry[];
  const texts = new Map<string, string>();
  for (const entry of entries) texts.set(entry.filename, await entry.getData(new TextWriter()));
  expect([...texts.keys()]).toEqual(['assets/a.js', 'index.html', 'build.json'].map((name) => `atelier-1.2.3/${name}`));
  const record = JSON.parse(texts.get('atelier-1.2.3/build.json')!) as BuildRecord;
  for (const { path, sha256 } of record.files)
    expect(
      createHash('sha256')
        .update(texts.get(`atelier-1.2.3/${path}`)!)
        .digest('hex'),
    ).toBe(sha256);
});

test('the licences are those of what runs: nothing of the tools, everything that a package needs', () => {
  const lock = {
    packages: { '': { dependencies: { a: '1' } }, 'node_modules/a': { dependencies: { b: '1', c: '1' } } },
  };
  const packages = {
    ...lock.packages,
    'node_modules/a/node_modules/b': { dependencies: { c: '2' } },
    'node_modules/b': {},
    'node_modules/c': {},
    'node_modules/tool': {},
  };
  expect(packagesOf({ packages })).toEqual(['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c']);
  expect(() => packagesOf(lock)).toThrow('b, which node_modules/a needs');

  const text = licencesIn(ROOT);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const [name, version] of Object.entries(dependencies)) expect(text).toContain(`\n${name} ${version}, `);
  expect(text).not.toMatch(/^(eslint|vitest|typescript) /m);
});
