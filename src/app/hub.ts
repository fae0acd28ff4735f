import { data } from './remote';

let connected: Promise<void> | undefined;

/**
 * Opens models.html in a frame of an opaque origin and gives its one port to the data worker, once: what comes from a hub goes
 * there and never through the page.
 */
export function connectHub(): Promise<void> {
  connected ??= openFrame().then((port) => data.connectHub(port));
  return connected;
}

function openFrame(): Promise<MessagePort> {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.src = '/models.html';
  frame.hidden = true;
  frame.title = 'models.html';
  return new Promise((resolve) => {
    frame.addEventListener(
      'load',
      () => {
        const { port1, port2 } = new MessageChannel();
        // An opaque origin has no name that a message could be addressed to; the frame is ours, and gets a port and nothing else.
        frame.contentWindow!.postMessage('port', '*', [port2]);
        resolve(port1);
      },
      { once: true },
    );
    document.body.append(frame);
  });
}
