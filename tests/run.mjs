// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveUp, install, root } from '../src/build/install.mjs';
import { changedFiles } from './changed.mjs';
import { findChromium, gpuEnvironment } from './chromium.mjs';

// `npm test`: everything, on a fresh machine too. `node tests/run.mjs quick|unit|gpu|e2e|torture|bench [arguments]`: one
// part of it. Plain Node: nothing is installed yet when this starts.

process.chdir(root);
const [part, ...rest] = process.argv.slice(2);
const TOOLS = {
  eslint: 'node_modules/eslint/bin/eslint.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  'svelte-check': 'node_modules/svelte-check/bin/svelte-check',
  tsc: 'node_modules/typescript/bin/tsc',
  vite: 'node_modules/vite/bin/vite.js',
  vitest: 'node_modules/vitest/vitest.mjs',
};

/**
 * Runs a script with Node. @param {string} script @param {string[]} args
 * @returns {boolean} whether it ended well
 */
function node(script, ...args) {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...gpuEnvironment() },
  });
  return status === 0;
}

/** @param {keyof typeof TOOLS} name @param {string[]} args */
const tool = (name, ...args) => node(TOOLS[name], ...args);

/** A browser is needed for the visit, and its software driver for the GPU tests. */
function ensureChromium() {
  if (findChromium()) return;
  if (process.env['CHROME_PATH']) giveUp(`CHROME_PATH is ${process.env['CHROME_PATH']}, but there is no program.`);
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0;
  if (canInstall) {
    console.log('Installing Chromium (once) …');
    const apt = { stdio: /** @type {const} */ ('inherit'), env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    spawnSync('apt-get', ['update', '-qq'], apt);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], apt);
  }
  if (!findChromium())
    giveUp(
      'The tests need Chromium or Chrome, and none was found. Install it (Debian, Ubuntu: `sudo apt install chromium`; else\n' +
        'https://www.google.com/chrome/), or set CHROME_PATH to its program; then run `npm test` again.',
    );
}

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * The counts of vitest's report. A file that could not even be loaded holds no test: it counts as one that failed.
 * @param {string} path @returns {Counts}
 */
function countsIn(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const unloaded = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: unknown[] }} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * One vitest project. Whatever ends vitest badly without a failed test (an unhandled error, a crash) is one failure.
 * @param {string} project @param {string[]} args @returns {Counts}
 */
function vitest(project, ...args) {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-tests-'));
  const path = join(folder, 'report.json');
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const well = tool('vitest', 'run', '--project', project, ...report, ...args);
  /** @type {Counts} */
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = countsIn(path);
  } catch {
    console.error(`vitest left no report for ${project}`);
  }
  rmSync(folder, { recursive: true });
  return well || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** @typedef {[string, () => boolean | Counts]} Stage a stage gives whether it ended well, or vitest's counts */

/** @type {Stage} */
const WORDS = ['words', () => node('src/build/words.mjs')];
/** @type {Stage[]} */
const TYPES = [
  ['types', () => tool('tsc', '-p', 'tsconfig.json') && tool('tsc', '-p', 'tsconfig.e2e.json')],
  ['types of the page', () => tool('svelte-check', '--tsconfig', './tsconfig.app.json', '--fail-on-warnings')],
];
/** @type {Stage} */
const UNIT = ['unit tests', () => vitest('unit')];

/** @param {string[]} paths @returns {Stage[]} */
const tidy = (paths) => [
  ['lint', () => tool('eslint', '--max-warnings', '0', '--no-warn-ignored', ...paths)],
  ['format', () => tool('prettier', '--check', '--log-level', 'warn', '--ignore-unknown', ...paths)],
];

/** Every stage of `npm test`, in order. @type {Stage[]} */
const ALL = [
  WORDS,
  ...tidy(['.']),
  ...TYPES,
  UNIT,
  ['GPU tests', () => vitest('gpu')],
  ['build', () => tool('vite', 'build', '--logLevel', 'warn')],
  ['the visit', () => vitest('e2e')],
];

/** Runs all stages, whatever fails; a failed stage that is no test counts as one failure. @param {Stage[]} stages */
function runAll(stages) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failedStages = [];
  for (const [name, stage] of stages) {
    const from = Date.now();
    console.log(`\n── ${name}`);
    const result = stage();
    const counts = typeof result === 'boolean' ? { passed: 0, failed: result ? 0 : 1, skipped: 0 } : result;
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key];
    if (counts.failed > 0) failedStages.push(name);
    console.log(`── ${name}: ${counts.failed > 0 ? 'FAILED' : 'ok'}, ${Math.round((Date.now() - from) / 1000)} s`);
  }
  if (failedStages.length > 0) console.log(`\nFailed: ${failedStages.join(', ')}`);
  return total;
}

/** @param {Counts} counts */
function conclude({ passed, failed, skipped }) {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

/** `npm run quick`: before each commit, without a GPU and a browser. @returns {Stage[]} */
function quick() {
  const changed = changedFiles();
  return [WORDS, ...(changed.length > 0 ? tidy(changed) : []), ...TYPES, UNIT];
}

install();
if (part !== 'unit' && part !== 'quick') ensureChromium();
if (part === undefined) conclude(runAll(ALL));
else if (part === 'quick') conclude(runAll(quick()));
else if (part === 'unit' || part === 'gpu') conclude(vitest(part, ...rest));
else if (part === 'bench') process.exit(node('tests/bench/start.mjs', ...rest) ? 0 : 1);
else if (part !== 'e2e' && part !== 'torture')
  giveUp(`"${part}" is none of: quick, unit, gpu, e2e, torture, bench (or nothing, for all).`);
else if (!(node('src/build/words.mjs') && tool('vite', 'build', '--logLevel', 'warn'))) giveUp('The build failed.');
else conclude(vitest(part, ...rest));
