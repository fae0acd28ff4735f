import type { Answer, Question } from '../answer';
import type { SideName } from '../compare';

/**
 * What the page gives to Node, which asks over the debugging protocol: a worker to each side, as the studio has one for
 * its GPU.
 */
export interface BenchPage {
  start(side: SideName): void;
  ask(side: SideName, question: Question): Promise<Answer>;
  stop(side: SideName): void;
}

declare global {
  interface Window {
    bench: BenchPage;
  }
}

const workers = new Map<SideName, Worker>();

window.bench = {
  start: (side) =>
    void workers.set(side, new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: side })),
  ask: (side, question) =>
    new Promise((resolve) => {
      const worker = workers.get(side)!;
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = ({ message }) => resolve({ failed: message });
      worker.postMessage(question);
    }),
  stop: (side) => workers.get(side)?.terminate(),
};
