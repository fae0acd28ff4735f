import { dataWorker, gpuWorker } from './remote';

/**
 * Pages of an opaque origin, framed where they are needed; the port of each goes to the worker that asks it, never
 * through the page.
 */

let hub: Promise<void> | undefined;
let llama: Promise<void> | undefined;

/** models.html, which fetches published models. */
export function connectHub(): Promise<void> {
  hub ??= openFrame('models.html').then((port) => dataWorker.connectHub(port));
  return hub;
}

/** verify.html, where llama.cpp runs a saved file. */
export function connectLlama(): Promise<void> {
  llama ??= openFrame('verify.html').then((port) => gpuWorker.connectLlama(port));
  return llama;
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
