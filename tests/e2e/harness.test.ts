import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  newProfile,
  openBrowser,
  ROOT,
  seriousFindings,
  serve,
  watch,
  type RunningBrowser,
  type Served,
} from './harness';

// The visit stands on these abilities; each is shown to do what it says, so that a green visit means something.

const profile = newProfile();
let served: Served;
let running: RunningBrowser;
beforeAll(async () => {
  served = await serve(join(ROOT, 'tests/e2e/probe'));
  running = await openBrowser(profile.folder);
});
afterAll(async () => {
  await running.close();
  await served.close();
  profile.remove();
});

/** Writes into IndexedDB with durability 'strict', or reads; runs in the page. */
const KEEP = `(value) => new Promise((resolve, reject) => {
  const open = indexedDB.open('probe', 1);
  open.onupgradeneeded = () => open.result.createObjectStore('kept');
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    const transaction = open.result.transaction('kept', 'readwrite', { durability: 'strict' });
    const request = value === undefined ? transaction.objectStore('kept').get('it') : transaction.objectStore('kept').put(value, 'it');
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  };
})`;

/** Command lines of living processes that name the profile. */
function processesOf(folder: string): string[] {
  if (!existsSync('/proc')) return [];
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder));
}

test('a killed browser is gone with all its processes, and the profile still holds what was committed', async () => {
  await running.page.goto(served.origin);
  await running.page.evaluate(`(${KEEP})('before the kill')`);
  if (existsSync('/proc')) expect(processesOf(profile.folder).length).toBeGreaterThan(0);
  await running.kill();
  await expect.poll(() => processesOf(profile.folder)).toEqual([]); // each takes the time it takes to give back its memory
  running = await openBrowser(profile.folder);
  await running.page.goto(served.origin);
  expect(await running.page.evaluate(`(${KEEP})()`)).toBe('before the kill');
});

test('a download lands in the folder, under its name', async () => {
  await running.page.goto(served.origin);
  await running.page.evaluate(() => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(['saved']));
    link.download = 'kept.txt';
    link.click();
  });
  await expect.poll(() => readdirSync(running.downloads)).toEqual(['kept.txt']);
  expect(readFileSync(join(running.downloads, 'kept.txt'), 'utf8')).toBe('saved');
});

test('axe runs under the policy and sees a fault', async () => {
  await running.page.goto(served.origin);
  expect(await seriousFindings(running.page)).toEqual([]);
  await running.page.evaluate(() => document.body.append(document.createElement('button')));
  expect((await seriousFindings(running.page)).map(({ id }) => id)).toEqual(['button-name']);
});

test('the watch sees an error and a request that leaves', async () => {
  const bare = await serve(join(ROOT, 'tests/e2e/probe'), { bare: true });
  const page = await running.page.context().newPage();
  const seen = watch(page, bare.origin);
  await page.goto(`${bare.origin}/#${served.origin}`);
  await page.waitForFunction(() => document.title === 'answered');
  await page.evaluate(() => console.error('said so'));
  expect(seen.foreign).toContain(`${served.origin}/fetch`);
  await expect.poll(() => seen.errors).toContain('said so');
  await page.close();
  await bare.close();
});
