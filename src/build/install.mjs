// Installs the packages of the lockfile when they are missing or stale. It uses Node alone, since nothing else is there
// yet.
// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Plain Node: this runs before anything is installed.

export const root = fileURLToPath(new URL('../..', import.meta.url));
const OLDEST_NODE = /** @type {const} */ ([20, 19]);

/** @param {string} path @returns {Record<string, { version?: string, optional?: boolean }>} */
const packagesOf = (path) => JSON.parse(readFileSync(new URL(path, `file://${root}`), 'utf8')).packages;

/** What is in node_modules is what package-lock.json asks for (packages for other systems may be absent). */
function isInstalled() {
  try {
    const there = packagesOf('node_modules/.package-lock.json');
    return Object.entries(packagesOf('package-lock.json')).every(
      ([path, wanted]) => path === '' || wanted.optional || there[path]?.version === wanted.version,
    );
  } catch {
    return false;
  }
}

/** Says what to do and ends. @param {string} sentence @returns {never} */
export function giveUp(sentence) {
  console.error(`\n${sentence}\n`);
  process.exit(1);
}

/**
 * Installs the packages of package-lock.json where they are not there yet. Their install scripts do not run: none is
 * needed, and a package's script could do anything on this machine.
 */
export function install() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    giveUp(
      `Atelier needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`,
    );
  if (isInstalled()) return;
  console.log('Installing packages (once) …');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32', // npm is a .cmd file there
  });
  if (status !== 0)
    giveUp('The packages could not be installed (npm said why, above). Check the network, then try again.');
}
