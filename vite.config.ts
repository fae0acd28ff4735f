import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { ownModels } from './src/build/ownModels.ts';
import { HUB_CLIENT, otherPages } from './src/build/pages.ts';
import { headerTable } from './src/build/serve.ts';
import { wordsOptions } from './src/build/words.mjs';
import { gpuEnvironment } from './tests/chromium.mjs';

/** Deadlines of tests are for what hangs: on a machine with other work, each takes many times what it takes alone. */
const PATIENCE = { testTimeout: 600_000, hookTimeout: 600_000, expect: { poll: { timeout: 120_000 } } };

// Test processes inherit this: the loader of shared libraries reads it when a process starts, later is too late.
const testing = process.env['VITEST'] !== undefined;
if (testing) Object.assign(process.env, gpuEnvironment());

export default defineConfig({
  // `npm run words` has compiled the words before the tests; the plugin would keep vitest from ending for 10 s.
  plugins: [
    headerTable(),
    otherPages(),
    ownModels(),
    testing ? [] : paraglideVitePlugin(wordsOptions),
    svelte({ configFile: false }),
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
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/e2e/**', 'tests/torture/**'],
          pool: 'forks',
          maxWorkers: 2,
          ...PATIENCE,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          ...PATIENCE,
        },
      },
      {
        extends: true,
        test: {
          name: 'torture',
          include: ['tests/torture/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          ...PATIENCE,
        },
      },
    ],
  },
});
