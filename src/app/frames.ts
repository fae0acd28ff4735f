// Frames the pages of an opaque origin where they are needed. The port of each goes to the worker that asks it; the
// page reads nothing of what passes there.
import { dataWorker, gpuWorker } from './remote';

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
