import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { newProfile, openBrowser, ROOT, serve } from '../../e2e/harness';
import { remote } from '../answer';
import type { BrowserSides } from '../compare';

/** A page in a headless Chromium on its software adapter, with a worker to each side. The caller closes it. */
export async function openBrowserSides(): Promise<BrowserSides> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-bench-'));
  const root = join(ROOT, 'tests/bench/browser');
  const output = { outDir: folder, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 4000 };
  await build({ configFile: false, root, logLevel: 'error', worker: { format: 'es' }, build: output });
  const served = await serve(folder, { bare: true });
  const profile = newProfile();
  const { page, close } = await openBrowser(profile.folder);
  await page.goto(served.origin);
  await page.waitForFunction(() => 'bench' in window);
  return {
    open: async (side, bench) => {
      await page.evaluate((name) => window.bench.start(name), side);
      return remote(
        (question) => page.evaluate(([name, asked]) => window.bench.ask(name, asked), [side, question] as const),
        () => void page.evaluate((name) => window.bench.stop(name), side).catch(() => undefined),
        bench,
      );
    },
    close: async () => {
      await close();
      await served.close();
      profile.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
