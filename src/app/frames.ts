// Frames the pages of an opaque origin where they are needed. The port of each goes to the worker that asks it; the
// page reads nothing of what passes there.
import { AtelierError } from '../base/errors/errors';
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

  /**
   * models.html, which fetches published models.
   * @throws page-missing
   */
  connectHub = (): Promise<void> => {
    const connected = (this.#hub ??= openFrame('models.html').then((port) => this.#workers.data.connectHub(port)));
    return connected.catch((thrown: unknown) => {
      if (this.#hub === connected) this.#hub = undefined; // the next click tries again
      throw thrown;
    });
  };

  /**
   * verify.html, where llama.cpp runs a saved file.
   * @throws page-missing
   */
  connectLlama = (): Promise<void> => {
    const connected = (this.#llama ??= openFrame('verify.html').then((port) => this.#workers.gpu.connectLlama(port)));
    return connected.catch((thrown: unknown) => {
      if (this.#llama === connected) this.#llama = undefined;
      throw thrown;
    });
  };
}

/** A page of ours loads in a moment, or its server is gone: a browser's page of errors fires `load` too. */
const PATIENCE_MS = 15_000;

/** @throws page-missing where the page's script does not tell that it is there */
function openFrame(page: string): Promise<MessagePort> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.src = `/${page}`;
  frame.hidden = true;
  frame.title = page;
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      clearTimeout(patience);
      removeEventListener('message', answered);
    };
    const patience = setTimeout(() => {
      ended();
      frame.remove();
      reject(new AtelierError('page-missing', { page }));
    }, PATIENCE_MS);
    const answered = ({ source }: MessageEvent): void => {
      if (source !== frame.contentWindow) return;
      ended();
      const { port1, port2 } = new MessageChannel();
      // An opaque origin has no name that a message could be addressed to; the frame is ours, and gets a port and
      // nothing else.
      frame.contentWindow!.postMessage('port', '*', [port2]);
      resolve(port1);
    };
    addEventListener('message', answered);
    document.body.append(frame);
  });
}
