// `npm test`: all, on a fresh machine too. `node tests/run.mjs quick|unit|gpu|e2e|torture|bench [arguments]`: one
// part. Plain Node: nothing is installed yet when this starts.
// @ts-check
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { giveUp, install, root } from '../src/build/install.mjs';
import { changedFiles } from './changed.mjs';
import { findChromium, gpuEnvironment } from './chromium.mjs';

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

/** @typedef {{ text: string }} Kept gathers what a script prints, where several run at once */

/**
 * Runs a script with Node. @param {string[]} command the script and its arguments
 * @param {Kept} [kept] else it prints as it goes
 * @returns {Promise<boolean>} whether it ended well
 */
function node(command, kept) {
  const child = spawn(process.execPath, command, {
    stdio: kept ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    env: { ...process.env, ...gpuEnvironment() },
  });
  const keep = (/** @type {string} */ text) => void (kept && (kept.text += text));
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep);
  return new Promise((resolve) =>
    child.on('close', (status, signal) => {
      if (signal) console.error(`${command[0]} was ended by ${signal}`);
      resolve(status === 0);
    }),
  );
}

/** @param {keyof typeof TOOLS} name @param {string[]} args @param {Kept} [kept] */
const tool = (name, args, kept) => node([TOOLS[name], ...args], kept);

/** Installs a package of Debian where that can be done without a question. @param {string} name */
function aptInstall(name) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  console.log(`Installing ${name} (once) …`);
  const apt = { stdio: /** @type {const} */ ('inherit'), env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], apt);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], apt);
}

/** The visit serves the build with it; where it cannot be had, that test is left out and says so. */
function ensureNginx() {
  if (spawnSync('nginx', ['-v']).error) aptInstall('nginx-light');
}

/** A browser is needed for the visit, and its software driver for the GPU tests. */
function ensureChromium() {
  if (findChromium()) return;
  if (process.env['CHROME_PATH']) giveUp(`CHROME_PATH is ${process.env['CHROME_PATH']}, but there is no program.`);
  aptInstall('chromium');
  if (!findChromium())
    giveUp(
      'The tests need Chromium or Chrome, and none was found. Install it (Debian, Ubuntu: `sudo apt install chromium`; else\n' +
        'https://www.google.com/chrome/), or set CHROME_PATH to its program; then run `npm test` again.',
    );
}

/** @typedef {{ passed: number, failed: number, skipped: number, failures?: string[] }} Counts */

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
    failures: report.testResults.flatMap(failuresOf),
  };
}

/** Lines of a failure's message that the end repeats. */
const MESSAGE_LINES = 12;

/**
 * What failed in one file of vitest's report, with its message: the end repeats it, since a log may be kept in part.
 * @param {{ name: string, message: string, assertionResults: { status: string, fullName: string,
 *   failureMessages: string[] }[] }} file @returns {string[]}
 */
function failuresOf({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const told = (/** @type {string} */ text) => text.split('\n').slice(0, MESSAGE_LINES).join('\n    ');
  const file = relative(root, name);
  if (message && failed.length === 0) return [`${file}\n    ${told(message)}`];
  return failed.map((test) => `${file}: ${test.fullName}\n    ${told(test.failureMessages[0] ?? '')}`);
}

/**
 * One vitest project. Whatever ends vitest badly without a failed test (an unhandled error, a crash) is one failure.
 * @param {string} project @param {string[]} args @returns {Promise<Counts>}
 */
async function vitest(project, ...args) {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-tests-'));
  const path = join(folder, 'report.json');
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  const well = await tool('vitest', ['run', '--project', project, ...report, ...args]);
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

/** @typedef {[string, (kept?: Kept) => Promise<boolean | Counts>]} Stage gives whether it ended well, or the counts */

/** @type {Stage} */
const WORDS = ['words', () => node(['src/build/words.mjs'])];
/** @type {Stage} */
const UNIT = ['unit tests', () => vitest('unit')];

/** Linter and formatter see these paths, the compilers everything. @param {string[]} paths @returns {Stage[]} */
const checks = (paths) => [
  ['lint', (kept) => tool('eslint', ['--max-warnings', '0', '--no-warn-ignored', ...paths], kept)],
  ['format', (kept) => tool('prettier', ['--check', '--log-level', 'warn', '--ignore-unknown', ...paths], kept)],
  ['types', (kept) => tool('tsc', ['-p', 'tsconfig.json'], kept)],
  ['types of tests in the browser', (kept) => tool('tsc', ['-p', 'tsconfig.e2e.json'], kept)],
  [
    'types of the page',
    (kept) => tool('svelte-check', ['--tsconfig', './tsconfig.app.json', '--fail-on-warnings'], kept),
  ],
];

/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 };
/** @type {string[]} */
const failedStages = [];
/** Failed tests of all stages. @type {string[]} */
const failures = [];

/** A stage fails whole: one that is no test counts as one failure. @param {Stage} stage @param {Kept} [kept] */
async function run([name, stage], kept) {
  const from = Date.now();
  if (!kept) console.log(`\n── ${name}`);
  const result = await stage(kept);
  if (kept) console.log(`\n── ${name}\n${kept.text.trim()}`.trimEnd());
  const counts = typeof result === 'boolean' ? { passed: 0, failed: result ? 0 : 1, skipped: 0 } : result;
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counts[key];
  failures.push(...(counts.failures ?? []));
  if (counts.failed > 0) failedStages.push(name);
  console.log(`── ${name}: ${counts.failed > 0 ? 'FAILED' : 'ok'}, ${Math.round((Date.now() - from) / 1000)} s`);
}

/** Runs all stages, whatever fails, one after another. @param {Stage[]} stages */
async function runAll(stages) {
  for (const stage of stages) await run(stage);
}

/** Runs all stages, whatever fails, two at a time. @param {Stage[]} stages */
async function runInPairs(stages) {
  const left = [...stages];
  const queue = async () => {
    for (let stage = left.shift(); stage; stage = left.shift()) await run(stage, { text: '' });
  };
  await Promise.all([queue(), queue()]);
}

/** `npm test`. */
async function everything() {
  await runAll([WORDS, ...checks(['.']), UNIT, ['GPU tests', () => vitest('gpu')]]);
  await runAll([
    ['build', () => tool('vite', ['build', '--logLevel', 'warn'])],
    ['the visit', () => vitest('e2e')],
  ]);
}

/** `npm run quick`: before each commit, without a GPU and a browser. */
async function quick() {
  const paths = changedFiles(root);
  await runAll([WORDS]);
  // linter and formatter take no empty list
  await runInPairs(checks(paths).slice(paths.length > 0 ? 0 : 2));
  await runAll([UNIT]);
}

/** @param {Counts} counts @returns {never} */
function conclude({ passed, failed, skipped }) {
  for (const failure of failures) console.log(`\n${failure}`);
  if (failedStages.length > 0) console.log(`\nFailed: ${failedStages.join(', ')}`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

install();
if (part !== 'unit' && part !== 'quick') ensureChromium();
if (part === undefined || part === 'e2e') ensureNginx();
if (part === undefined || part === 'quick') {
  await (part === 'quick' ? quick() : everything());
  conclude(total);
} else if (part === 'unit' || part === 'gpu') conclude(await vitest(part, ...rest));
else if (part === 'bench') process.exit((await node(['tests/bench/start.mjs', ...rest])) ? 0 : 1);
else if (part !== 'e2e' && part !== 'torture')
  giveUp(`"${part}" is none of: quick, unit, gpu, e2e, torture, bench (or nothing, for all).`);
else if (!((await node(['src/build/words.mjs'])) && (await tool('vite', ['build', '--logLevel', 'warn']))))
  giveUp('The build failed.');
else conclude(await vitest(part, ...rest));
