// @ts-check
import { runnerImport } from 'vite';

// Runs tests/bench/train.ts in Node (which reads no TypeScript by itself): `npm run bench`, started by tests/run.mjs.

const { module } = await runnerImport('./tests/bench/train.ts', { configFile: false });
await module.main?.(process.argv.slice(2));
// Dawn's threads would keep the process alive.
process.exit(process.exitCode ?? 0);
