import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from '../sources';
import type { BenchCase } from './cases';
import type { Answer, Question } from './peers/process';
import type { Measured } from './side';

/** The peers and their files in peers/. */
const FILES = { tfjs: 'tfjs', '@jax-js/jax': 'jax', '@genai-fi/nanogpt': 'nanogpt' } as const;
export type PeerName = keyof typeof FILES;
export const PEERS = Object.keys(FILES) as PeerName[];

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

/** Asks a process, which answers one question at a time. @throws with the reason when there is no answer */
function asker(child: ChildProcess): (question: Question) => Promise<Exclude<Answer, { failed: string }>> {
  const ended = once(child, 'exit').then(([code]): [Answer] => [{ failed: `its process ended with ${String(code)}` }]);
  return async (question) => {
    const heard = once(child, 'message') as Promise<[Answer]>;
    child.send(question);
    const [answer] = await Promise.race([heard, ended]);
    if ('failed' in answer) throw new Error(answer.failed);
    return answer;
  };
}

/**
 * Starts the process of a peer and builds its model there.
 * @param file of peers/; a peer that also computes on the CPU has another for that
 * @throws with the peer's own words where it cannot
 */
export async function forkPeer(peer: PeerName, { name }: BenchCase, file: string = FILES[peer]): Promise<Measured> {
  // What the libraries print as they start is not the table's.
  const child = fork(join(FOLDER, 'start.mjs'), ['--peer-process', file], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = asker(child);
  const close = (): void => void child.kill();
  try {
    await ask({ open: name });
  } catch (thrown) {
    close();
    throw thrown;
  }
  return {
    turn: async (from, count) => {
      const answer = await ask({ from, count });
      if (!('turn' in answer)) throw new Error('the peer answered something else');
      return answer.turn;
    },
    close,
  };
}
