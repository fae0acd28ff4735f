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
const APP = new URL('app/', location.href).pathname;
const isFixed = (url: URL): boolean => url.pathname.startsWith(APP) || url.searchParams.has('version');

addEventListener('fetch', (event) => {
  const { request, respondWith } = event as Fetched;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  respondWith.call(event, isFixed(url) ? fetchedOrKept(request.url) : freshOrKept(request.url));
});
