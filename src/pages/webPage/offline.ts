// The service worker of a model's web page: answers from the cache that the page filled, so that a later visit needs no
// network. It asks the server first where files change under one name.
import { fetchedOrKept, freshOrKept } from './kept';

/** TypeScript's DOM has no types of service workers. */
interface WorkerScope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Event {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = self as typeof self & WorkerScope;

addEventListener('install', (event) => (event as Extendable).waitUntil(scope.skipWaiting()));
addEventListener('activate', (event) => (event as Extendable).waitUntil(scope.clients.claim()));

/** Named after what is in them, or after the model's version. */
const FOLDER = new URL('./', location.href);
const isFixed = (url: URL): boolean =>
  url.pathname.startsWith(`${FOLDER.pathname}app/`) || url.searchParams.has('version');

/** The page has several addresses, whatever stands behind a question mark; it is kept under one. */
const PAGES = ['', 'index.html', 'index'].map((name) => FOLDER.pathname + name);
const keptAs = ({ mode }: Request, url: URL): string =>
  mode === 'navigate' && PAGES.includes(url.pathname) ? FOLDER.href : url.href;

addEventListener('fetch', (event) => {
  const { request, respondWith } = event as Fetched;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  respondWith.call(event, isFixed(url) ? fetchedOrKept(request.url) : freshOrKept(request.url, keptAs(request, url)));
});
