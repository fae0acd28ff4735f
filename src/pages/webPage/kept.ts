// The cache in which a model's web page keeps its files, so that a later visit needs no network. What has a name of its
// own (scripts, parts of a model) is kept as it comes; the page and its facts, which change under one name, once all
// that they name is there. Its service worker (offline.ts) answers from it.

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

/** From the cache alone. */
export const keptAt = async (path: string): Promise<Response | undefined> => (await opened())?.match(path);

/** From the cache, else from the server and then kept. @throws Error with the status */
export async function fetchedOrKept(path: string): Promise<Response> {
  const cache = await opened();
  const kept = await cache?.match(path);
  if (kept) return kept;
  const response = await fetched(path);
  await keep(cache, path, response);
  return response;
}

/**
 * From the server, so that a newer model is seen, but not kept yet; from the cache where there is no network.
 * @param keptAs under which it is kept
 */
export async function freshOrKept(path: string, keptAs = path): Promise<Response> {
  try {
    return await fetched(path, 'no-cache');
  } catch (thrown) {
    const kept = await keptAt(keptAs);
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

/**
 * Keeps what a later visit begins with, and drops what it does not need. Call it once all that it names is kept: an
 * update that broke off leaves the version before it whole.
 * @param shell texts by their addresses, each with its type
 * @param needed addresses of the rest
 * @returns whether a later visit finds all
 */
export async function commit(
  shell: readonly { path: string; text: string; type: string }[],
  needed: readonly string[],
): Promise<boolean> {
  const cache = await opened();
  if (!cache) return false;
  try {
    const here = await Promise.all(needed.map((path) => cache.match(path)));
    if (here.includes(undefined)) return false;
    for (const { path, text, type } of shell)
      await cache.put(path, new Response(text, { headers: { 'Content-Type': type } }));
    const wanted = new Set(
      [...shell.map(({ path }) => path), ...needed].map((path) => new URL(path, location.href).href),
    );
    for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
    return true;
  } catch {
    return false; // the disk is full
  }
}
