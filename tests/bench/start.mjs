// @ts-check
import { createServer, runnerImport } from 'vite';

// Runs TypeScript in Node, which reads none by itself: `npm run bench` (started by tests/run.mjs), and the process of
// each side.

/** @param {string} file of this folder */
const load = async (file) => (await runnerImport(`./tests/bench/${file}`, { configFile: false })).module;

/** The same for what imports more while it runs, as readers of large formats do: this server stays open. */
const loadOpen = async (/** @type {string} */ file) => {
  const server = await createServer({
    ...{ configFile: false, appType: 'custom', logLevel: 'error' },
    ...{ server: { middlewareMode: true, hmr: false, watch: null }, optimizeDeps: { noDiscovery: true } },
  });
  return server.ssrLoadModule(`/tests/bench/${file}`);
};

const args = process.argv.slice(2);
if (args[0] === '--side') {
  const { answerParent } = await load('sideProcess.ts');
  // Vite would give a second copy of a package whose file is named by its path; Node gives the same.
  const nanogptFile = (/** @type {string} */ file) => import(`./node_modules/@genai-fi/nanogpt/dist/${file}`);
  await answerParent((await load(`sides/${args[1]}.ts`)).open, nanogptFile);
} else if (args.includes('--data')) await (await loadOpen('main.ts'))['main'](args);
else await (await load('main.ts')).main(args, async () => (await load('browser/open.ts')).openBrowserSides());
// Dawn's threads would keep the process alive.
process.exit(process.exitCode ?? 0);
