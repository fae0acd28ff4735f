// The shell script of the container, src/build/hosting/listModels.sh, run as it runs there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { OwnModel } from '../../../src/base/wire/hub.ts';
import { modelsIn } from '../../../src/build/ownModels.ts';
import { ROOT } from '../../sources.ts';

const folder = mkdtempSync(join(tmpdir(), 'atelier-list-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the script lists of these folders. */
function list(...folders: string[]): OwnModel[] {
  const to = join(folder, 'list.json');
  const { stderr, status } = spawnSync('sh', [join(ROOT, 'src/build/hosting/listModels.sh'), to, ...folders]);
  expect([status, stderr.toString()]).toEqual([0, '']);
  return JSON.parse(readFileSync(to, 'utf8')) as OwnModel[];
}

function model(path: string, files: Record<string, string>): void {
  mkdirSync(path, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
}

/** The order of the files means nothing. */
const sorted = (models: OwnModel[]) =>
  models.map(({ name, files }) => ({ name, files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }));

test.skipIf(process.platform === 'win32')('lists folders of models as the build does, whatever their names', () => {
  const at = join(folder, 'models');
  model(join(at, 'a model'), { 'config.json': '{}', 'model.safetensors': 'abc', '.hidden': 'x', 'we"ird\\name': '' });
  model(join(at, '教材 "1"'), { 'config.json': '{"é":1}' });
  model(join(at, 'no-model'), { 'README.md': '' });
  mkdirSync(join(at, 'a model', 'sub'));
  writeFileSync(join(at, 'config.json'), 'not in a folder');
  expect(sorted(list(at))).toEqual(sorted(modelsIn(at)));
  expect(modelsIn(at)).toHaveLength(2);
});

test.skipIf(process.platform === 'win32')('the first of two with one name counts; a missing folder has none', () => {
  const [own, brought] = [join(folder, 'own'), join(folder, 'brought')];
  model(join(own, 'twin'), { 'config.json': '1' });
  model(join(brought, 'twin'), { 'config.json': '22' });
  model(join(brought, 'other'), { 'config.json': '333' });
  symlinkSync('config.json', join(brought, 'other', 'link'));
  expect(list(own, brought)).toEqual([
    { name: 'twin', files: [{ path: 'config.json', byteLength: 1 }] },
    { name: 'other', files: [{ path: 'config.json', byteLength: 3 }] },
  ]);
  expect(list(join(folder, 'nowhere'))).toEqual([]);
});
