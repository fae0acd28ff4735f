// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import { build, runnerImport } from 'vite';

// Runs TypeScript in Node, which reads none by itself: `npm run bench` (started by tests/run.mjs), and the process of
// each side.

/** @param {string} file of this folder */
const load = async (file) => (await runnerImport(`./tests/bench/${file}`, { configFile: false })).module;

/**
 * The same as it is built for the page: a module that Vite transforms one by one reads each import as a property, which
 * costs code of many small files a fifth of its time. Beside the packages, so that it finds them.
 */
const runBuilt = async (/** @type {string} */ file) => {
  const outDir = mkdtempSync('node_modules/.bench-');
  try {
    await build({
      ...{ configFile: false, logLevel: 'error' },
      build: { ssr: `tests/bench/${file}`, outDir, copyPublicDir: false, minify: false, target: 'node20' },
    });
    const { main } = await import(`../../${outDir}/main.js`);
    await main(args);
  } finally {
    rmSync(outDir, { recursive: true });
  }
};

const args = process.argv.slice(2);
if (args[0] === '--side') {
  const { answerParent } = await load('sideProcess.ts');
  // Vite would give a second copy of a package whose file is named by its path; Node gives the same.
  const nanogptFile = (/** @type {string} */ file) => import(`./node_modules/@genai-fi/nanogpt/dist/${file}`);
  await answerParent((await load(`sides/${args[1]}.ts`)).open, nanogptFile);
} else if (args.includes('--data')) await runBuilt('main.ts');
else await (await load('main.ts')).main(args, async () => (await load('browser/open.ts')).openBrowserSides());
// Dawn's threads would keep the process alive.
process.exit(process.exitCode ?? 0);
