import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fetchedOrKept, wholeOrDropped } from '../../../src/pages/webPage/kept';

let kept: Map<string, Response>;
let served: string;
let asked: number;
beforeEach(() => {
  [kept, served, asked] = [new Map<string, Response>(), '', 0];
  const cache = {
    match: (path: string) => Promise.resolve(kept.get(path)?.clone()),
    put: (path: string, response: Response) => Promise.resolve(void kept.set(path, response)),
    delete: (path: string) => Promise.resolve(kept.delete(path)),
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
