import type { PresetName } from '../../../src/base/presets';
import { dawn } from '../../dawn';
import { caseNamed, type BenchCase } from '../cases';
import { counting, measured, type Measured, type Side, type Turn } from '../side';

/** The parent asks for one thing at a time. */
export type Question = { open: PresetName } | { from: number; count: number };
export type Answer = { opened: true } | { turn: Turn } | { failed: string };

/** Node's own `import()`. */
export type NodeImport = (path: string) => Promise<unknown>;
export type OpenPeer = (bench: BenchCase, nodeImport: NodeImport) => Promise<Side>;

/**
 * A process of one peer, so that no two libraries share a TensorFlow.js engine or the queue of a device. The clock is here:
 * messages between processes cost no measured time.
 */
export async function main(open: OpenPeer, nodeImport: NodeImport): Promise<void> {
  const counts = counting(dawn());
  let peer: Measured | undefined;
  const answer = async (question: Question): Promise<Answer> => {
    if (!('open' in question)) return { turn: await peer!.turn(question.from, question.count) };
    peer = measured(await open(caseNamed(question.open), nodeImport), counts);
    return { opened: true };
  };
  process.on('message', (question: Question) => {
    void answer(question)
      .catch((thrown: unknown): Answer => ({ failed: thrown instanceof Error ? thrown.message : String(thrown) }))
      .then((result) => process.send!(result));
  });
  await new Promise((resolve) => process.once('disconnect', resolve));
}
