import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import studio from './package.json' with { type: 'json' };
import { ownModels } from './src/build/ownModels.ts';
import { languageFiles } from './src/build/languageFiles.ts';
import { HUB_CLIENT, otherPages } from './src/build/pages.ts';
import { buildRecord } from './src/build/release/buildRecord.ts';
import { licences } from './src/build/release/licences.ts';
import { headerTable } from './src/build/serve.ts';
import { savedPage } from './src/build/webPage.ts';
import { wordsOptions } from './src/build/words.mjs';
import { gpuEnvironment } from './tests/chromium.mjs';

/** What a project of vitest differs in. Deadlines are in seconds; a test that needs more names its own. */
interface Lane {
  include: string[];
  exclude?: string[];
  /** Of one test, and of one hook. */
  deadline: number;
  /** Of one `expect.poll`. */
  poll: number;
  /** One file at a time: each has the browser for itself. */
  alone?: boolean;
}

/**
 * The lanes of the tests: a file's name and folder choose one, `tests/lanes.test.ts` holds the names to what they say.
 * A deadline is there for what hangs: on a machine with other work, a test takes many times what it takes alone.
 */
const LANES: Record<string, Lane> = {
  unit: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/**/*.gpu.test.ts', 'tests/e2e/**', 'tests/torture/**'],
    deadline: 10,
    poll: 5,
  },
  // Each shader is compiled by a software driver, up to 0.6 s of a core.
  gpu: { include: ['tests/**/*.gpu.test.ts'], deadline: 120, poll: 60 },
  e2e: { include: ['tests/e2e/**/*.test.ts'], deadline: 600, poll: 120, alone: true },
  torture: { include: ['tests/torture/**/*.test.ts'], deadline: 600, poll: 120, alone: true },
};

/** `TEST_PATIENCE=5` makes each of these deadlines five times as long, for a machine that is busy with much else. */
const SECOND = 1000 * Number(process.env['TEST_PATIENCE'] ?? 1);

const project = ([name, { include, exclude, deadline, poll, alone }]: [string, Lane]): TestProjectConfiguration => ({
  extends: true,
  test: {
    name,
    include,
    exclude,
    pool: 'forks',
    ...(alone ? { fileParallelism: false } : { maxWorkers: 2 }),
    testTimeout: deadline * SECOND,
    hookTimeout: deadline * SECOND,
    expect: { poll: { timeout: poll * SECOND } },
  },
});

// Test processes inherit this: the loader of shared libraries reads it when a process starts, later is too late.
const testing = process.env['VITEST'] !== undefined;
if (testing) Object.assign(process.env, gpuEnvironment());

export default defineConfig({
  // `npm run words` has compiled the words before the tests; the plugin would keep vitest from ending for 10 s.
  plugins: [
    headerTable(),
    otherPages(),
    savedPage(),
    ownModels(),
    testing ? [] : [paraglideVitePlugin(wordsOptions), languageFiles()],
    svelte({ configFile: false }),
    licences(),
    buildRecord(studio.version),
  ],
  worker: { format: 'es' },
  // `npm run dev` serves models.html too.
  resolve: { alias: [HUB_CLIENT] },
  // The GPU worker is one file of a megabyte, tfjs' core and backend; it starts once; only who computes on the CPU
  // loads more.
  build: { target: 'es2023', chunkSizeWarningLimit: 1500, rolldownOptions: { checks: { pluginTimings: false } } },
  // One address, always the same: the browser keeps the user's data per origin, the port included.
  server: { cors: false },
  preview: { port: 4173, strictPort: true, cors: false },
  test: { projects: Object.entries(LANES).map(project) },
});
