import { afterAll, beforeAll, expect, test } from 'vitest';
import { newProfile, openBrowser, seriousFindings, serve, shoot } from './harness';
import type { RunningBrowser, Served } from './harness';

// A name that leads to this machine, but that the browser does not know for its own, as an address in one's network.
const NAME = 'studio.test';
const profile = newProfile();
let served: Served;
let running: RunningBrowser;
const errors: string[] = [];
beforeAll(async () => {
  served = await serve(undefined, { names: [NAME] });
  running = await openBrowser(profile.folder, [`--host-resolver-rules=MAP ${NAME} 127.0.0.1`]);
  running.page.on('pageerror', (error) => errors.push(String(error)));
});
afterAll(async () => {
  await running.close();
  await served.close();
  profile.remove();
});

test('over plain http the page says in both languages what to do instead, and the studio is not loaded', async () => {
  const { page } = running;
  const { port } = new URL(served.origin);
  await page.goto(`http://${NAME}:${port}/`);
  expect(await page.evaluate(() => [isSecureContext, typeof navigator.gpu])).toEqual([false, 'undefined']);
  for (const lang of ['en', 'zh-Hans']) {
    const text = await page.locator(`section[lang=${lang}]`).innerText();
    for (const way of [
      `http://localhost:${port}/`,
      `https://${NAME}/`,
      'src/build/headers.ts',
      `http://${NAME}:${port}`,
    ])
      expect(text).toContain(way);
    expect(text).toContain('chrome://flags/#unsafely-treat-insecure-origin-as-secure');
  }
  const scripts = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  expect(scripts.filter((name) => /worker|App-/.test(name))).toEqual([]);
  expect(await seriousFindings(page)).toEqual([]);
  await shoot(page, 'plain-http');
  expect(errors).toEqual([]);
});

test('the same server at an address that the browser trusts shows the studio', async () => {
  await running.page.goto(served.origin);
  await running.page.locator('main h1').waitFor();
  expect(await running.page.locator('section[lang]').count()).toBe(0);
  expect(errors).toEqual([]);
});
