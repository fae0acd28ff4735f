import { probe } from './probe.js';

const elsewhere = new URL(location.href).hash.slice(1);
const policy = globalThis.trustedTypes?.createPolicy('app-worker', { createScriptURL: (url) => url });

function inWorker() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(policy?.createScriptURL('worker.js') ?? 'worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(elsewhere);
  });
}

/** What only a page can try; none of it may reach the other origin. */
async function pageOnly() {
  const image = new Image();
  const ended = new Promise((resolve) => {
    image.onload = () => resolve('loaded');
    image.onerror = () => resolve('refused: event');
  });
  image.src = `${elsewhere}/image.svg`;
  navigator.sendBeacon(`${elsewhere}/beacon`, 'x');
  const hint = Object.assign(document.createElement('link'), { rel: 'preconnect', href: elsewhere });
  document.head.append(hint);
  const html = () => {
    document.body.innerHTML = '<p></p>';
    return 'parsed';
  };
  let markup;
  try {
    markup = html();
  } catch (error) {
    markup = `refused: ${error.name}`;
  }
  const styled = document.createElement('p');
  styled.setAttribute('style', 'color: rgb(1, 2, 3)');
  const scripted = document.createElement('p');
  scripted.style.color = 'rgb(1, 2, 3)';
  document.body.append(styled, scripted);
  return {
    image: await ended,
    markup,
    styleAttribute: getComputedStyle(styled).color === 'rgb(1, 2, 3)',
    styleByScript: getComputedStyle(scripted).color === 'rgb(1, 2, 3)',
  };
}

const answers = { page: await probe(elsewhere), worker: await inWorker(), only: await pageOnly() };
globalThis.answers = answers;
document.title = 'answered';
