import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../sources';
import { remote, type Answer, type Question } from './answer';
import type { BenchCase } from './cases';
import type { Measured } from './side';

const FOLDER = join(ROOT, 'tests/bench');

/** The packages of the peers, which nothing else needs. @throws when npm fails */
export function installPeers(): void {
  if (
    existsSync(join(FOLDER, 'node_modules/@genai-fi/nanogpt')) &&
    existsSync(join(FOLDER, 'node_modules/@jax-js/jax'))
  )
    return;
  console.log('Installing the peers (once) …');
  const args = ['ci', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', args, { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error('The peers could not be installed (npm said why, above)');
}

/** Asks a process, which answers one question at a time. */
function asker(child: ChildProcess): (question: Question) => Promise<Answer> {
  const ended = once(child, 'exit').then(([code]): [Answer] => [{ failed: `its process ended with ${String(code)}` }]);
  return async (question) => {
    const heard = once(child, 'message') as Promise<[Answer]>;
    child.send(question);
    return (await Promise.race([heard, ended]))[0];
  };
}

/**
 * Starts the process of a side and builds its model there. @param file of sides/. @throws with its own words where it
 * cannot
 */
export function forkSide(file: string, bench: BenchCase): Promise<Measured> {
  // What the libraries print as they start is not the table's.
  const child = fork(join(FOLDER, 'start.mjs'), ['--side', file], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced', // JSON would drop what is undefined
  });
  return remote(asker(child), () => void child.kill(), bench);
}
