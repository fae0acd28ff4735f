import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { commit, fetchedOrKept, freshOrKept, keptAt, wholeOrDropped } from '../../../src/pages/webPage/kept';

let kept: Map<string, Response>;
let served: string;
let asked: number;
const whole = (path: string | Request): string =>
  typeof path === 'string' ? new URL(path, location.href).href : path.url;
beforeEach(() => {
  [kept, served, asked] = [new Map<string, Response>(), '', 0];
  const cache = {
    match: (path: string) => Promise.resolve(kept.get(whole(path))?.clone()),
    put: (path: string, response: Response) => Promise.resolve(void kept.set(whole(path), response)),
    delete: (path: string | Request) => Promise.resolve(kept.delete(whole(path))),
    keys: () => Promise.resolve([...kept.keys()].map((url) => new Request(url))),
  };
  vi.stubGlobal('self', { caches: cache });
  vi.stubGlobal('caches', { open: () => Promise.resolve(cache) });
  vi.stubGlobal('location', { href: 'https://host.example/folder/index.html' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response((asked++, served))));
});
afterEach(() => vi.unstubAllGlobals());

const PART = 'model/m.gguf.00001-of-00001?version=1';

test('a part of another size is not kept: the next visit asks the server again', async () => {
  served = '<p>Not found</p>';
  await expect(wholeOrDropped(PART, 4)).rejects.toThrow('16 ≠ 4');
  served = 'GGUF';
  expect(await (await wholeOrDropped(PART, 4)).text()).toBe('GGUF');
  expect(asked).toBe(2);
});

test('a whole part is asked for once', async () => {
  served = 'GGUF';
  await wholeOrDropped(PART, 4);
  served = 'other';
  expect(await (await fetchedOrKept(PART)).text()).toBe('GGUF');
  expect(asked).toBe(1);
});

const shellOf = (html: string) => [{ path: './', text: html, type: 'text/html' }];

test('what changes under one name is not kept as it comes: an update that breaks off leaves the version before it', async () => {
  served = 'old part';
  await fetchedOrKept('model/1?version=1');
  expect(await commit(shellOf('old page'), ['model/1?version=1'])).toBe(true);
  served = 'new page';
  expect(await (await freshOrKept('./')).text()).toBe('new page');
  // the second part of the new version never came
  await fetchedOrKept('model/1?version=2');
  expect(await commit(shellOf('new page'), ['model/1?version=2', 'model/2?version=2'])).toBe(false);
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  expect(await (await freshOrKept('./')).text()).toBe('old page');
  expect(await (await fetchedOrKept('model/1?version=1')).text()).toBe('old part');
});

test('once a version is whole, what was before it goes', async () => {
  served = 'part';
  await fetchedOrKept('model/1?version=1');
  await commit(shellOf('old page'), ['model/1?version=1']);
  await fetchedOrKept('model/1?version=2');
  expect(await commit(shellOf('new page'), ['model/1?version=2'])).toBe(true);
  expect(await keptAt('model/1?version=1')).toBeUndefined();
  expect(await (await keptAt('./'))!.text()).toBe('new page');
  expect(kept.size).toBe(2);
});
