// What the studio says where the browser lost what it stored: files of a real profile are removed, or overwritten.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seriousFindings, shoot } from './harness';
import { visiting } from './visit';

const visit = visiting();
const databases = (profile: string): string => join(profile, 'Default', 'IndexedDB');
const banner = () => visit.page.getByRole('alert').filter({ hasText: 'Last seen here' });
const WELCOME = 'Teach a small language model your own text, on your own machine.';

/** Whatever the backend calls its files, all but the blobs are noise then. */
function damage(profile: string): void {
  const folder = databases(profile);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = names.filter((entry) => entry.isFile() && !entry.parentPath.includes('.blob'));
  expect(files.length).toBeGreaterThan(0);
  for (const { parentPath, name } of files) writeFileSync(join(parentPath, name), 'not what was here'.repeat(9));
}

async function bring(): Promise<void> {
  await visit.studio.bring('story.txt', 'Once there was a fox.\n\nIt lived in a wood.\n');
  await visit.page.waitForFunction(() => /"texts":1/.test(localStorage.getItem('atelier-last-seen') ?? ''));
}

test.each([
  ['gone', (profile: string) => rmSync(databases(profile), { recursive: true })],
  ['damaged', damage],
])('a database that is %s is told with what was last seen, until it was read', async (_how, between) => {
  await visit.page.getByRole('heading', { name: WELCOME }).waitFor(); // a first visit is welcomed, and told nothing
  expect(await banner().count()).toBe(0);
  await bring();
  await visit.reopen(between);
  await banner().waitFor();
  expect(await banner().innerText()).toContain('runs: 0, texts: 1, models: 0');
  expect(await visit.page.getByRole('heading', { name: WELCOME }).count()).toBe(0);
  expect(await seriousFindings(visit.page)).toEqual([]);
  await shoot(visit.page, 'lost-storage');

  await visit.page.reload();
  await banner().waitFor();
  await visit.studio.button('I have read it');
  await visit.page.getByRole('heading', { name: WELCOME }).waitFor();
  await visit.page.waitForFunction(() => /"texts":0/.test(localStorage.getItem('atelier-last-seen') ?? ''));
  await visit.page.reload();
  await visit.page.getByRole('heading', { name: WELCOME }).waitFor();
  expect(await banner().count()).toBe(0);
});

test('what was deleted on purpose is not missed', async () => {
  await bring();
  await visit.studio.go('privacy');
  await visit.studio.button('Delete everything');
  await visit.page.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
  await visit.page.getByRole('heading', { name: WELCOME }).waitFor();
  expect(await banner().count()).toBe(0);
});
