// The cache in which a model's web page keeps its files, so that a later visit needs no network. The page fills it; its
// service worker (offline.ts) answers from it.

/** Of this page alone: others of the same origin have other names. */
const cacheName = (): string => `model ${new URL('./', location.href).pathname}`;

/** Undefined where the browser has no cache: an address that is not https or localhost. */
const opened = async (): Promise<Cache | undefined> =>
  'caches' in self ? caches.open(cacheName()).catch(() => undefined) : undefined;

/** A page under its service worker leaves that to it: a model would be written twice. */
const isKeeper = (): boolean =>
  !('document' in globalThis && 'serviceWorker' in navigator && navigator.serviceWorker.controller !== null);

/** A full disk costs the offline visit alone. */
const keep = async (cache: Cache | undefined, path: string, response: Response): Promise<void> =>
  isKeeper() ? cache?.put(path, response.clone()).catch(() => undefined) : undefined;

async function fetched(path: string, cache: RequestCache = 'default'): Promise<Response> {
  const response = await fetch(path, { cache });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  // a service worker that answers with what came over a redirection opens no page
  return response.redirected ? new Response(response.body, { headers: response.headers }) : response;
}

/** From the cache, else from the server and then kept. @throws Error with the status */
export async function fetchedOrKept(path: string): Promise<Response> {
  const cache = await opened();
  const kept = await cache?.match(path);
  if (kept) return kept;
  const response = await fetched(path);
  await keep(cache, path, response);
  return response;
}

/** From the server, so that a newer model is seen; from the cache where there is no network. */
export async function freshOrKept(path: string): Promise<Response> {
  const cache = await opened();
  try {
    const response = await fetched(path, 'no-cache');
    await keep(cache, path, response);
    return response;
  } catch (thrown) {
    const kept = await cache?.match(path);
    if (kept) return kept;
    throw thrown;
  }
}

/**
 * A file of so many bytes. Another one is dropped, so that the next visit asks again: hosts may answer with a page of
 * their own for what is missing.
 * @throws Error with both sizes, or with the status
 */
export async function wholeOrDropped(path: string, bytes: number): Promise<Blob> {
  const blob = await (await fetchedOrKept(path)).blob();
  if (blob.size === bytes) return blob;
  await (await opened())?.delete(path);
  throw new Error(`${path}: ${blob.size} ≠ ${bytes}`);
}

/** Drops what an earlier model of this address left. @param version of the one that is here now */
export async function dropOthers(version: string): Promise<void> {
  const cache = await opened();
  for (const request of (await cache?.keys()) ?? []) {
    const found = new URL(request.url).searchParams.get('version');
    if (found !== null && found !== version) await cache?.delete(request);
  }
}
