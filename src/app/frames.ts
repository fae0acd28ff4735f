// Frames the pages of an opaque origin where they are needed. The port of each goes to the worker that asks it; the
// page reads nothing of what passes there.
import type { Workers } from './state/workers';

export class Frames {
  readonly #workers: Workers;
  #hub: Promise<void> | undefined;
  #llama: Promise<void> | undefined;

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  /** A new worker has no port yet. */
  hubLost = (): void => void (this.#hub = undefined);
  llamaLost = (): void => void (this.#llama = undefined);

  /** models.html, which fetches published models. */
  connectHub = (): Promise<void> =>
    (this.#hub ??= openFrame('models.html').then((port) => this.#workers.data.connectHub(port)));

  /** verify.html, where llama.cpp runs a saved file. */
  connectLlama = (): Promise<void> =>
    (this.#llama ??= openFrame('verify.html').then((port) => this.#workers.gpu.connectLlama(port)));
}

function openFrame(page: string): Promise<MessagePort> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.src = `/${page}`;
  frame.hidden = true;
  frame.title = page;
  return new Promise((resolve) => {
    frame.addEventListener(
      'load',
      () => {
        const { port1, port2 } = new MessageChannel();
        // An opaque origin has no name that a message could be addressed to; the frame is ours, and gets a port and
        // nothing else.
        frame.contentWindow!.postMessage('port', '*', [port2]);
        resolve(port1);
      },
      { once: true },
    );
    document.body.append(frame);
  });
}
