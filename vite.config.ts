import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { wordsOptions } from './src/build/words.mjs';

export default defineConfig({
  plugins: [paraglideVitePlugin(wordsOptions), svelte({ configFile: false })],
  worker: { format: 'es' },
  build: { target: 'es2023' },
  test: {
    pool: 'forks',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/e2e/**'],
  },
});
