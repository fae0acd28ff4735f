import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const FOLDER = 'https://host.example/folder/';
type Listener = (event: object) => void;
let listeners: Map<string, Listener>;

/** A browser without a network, with the page kept under its folder's address. */
beforeEach(async () => {
  listeners = new Map();
  const kept = new Map([
    [FOLDER, 'page'],
    [`${FOLDER}app/main-1.js`, 'script'],
  ]);
  const match = (path: string) => Promise.resolve(kept.has(path) ? new Response(kept.get(path)) : undefined);
  vi.stubGlobal('self', { caches: {} });
  vi.stubGlobal('caches', { open: () => Promise.resolve({ match }) });
  vi.stubGlobal('location', { href: `${FOLDER}offline.js`, origin: 'https://host.example' });
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  vi.stubGlobal('addEventListener', (name: string, listener: Listener) => listeners.set(name, listener));
  vi.resetModules();
  await import('../../../src/pages/webPage/offline');
});
afterEach(() => vi.unstubAllGlobals());

async function answerTo(url: string, mode = 'navigate'): Promise<string | undefined> {
  let answer: Promise<Response> | undefined;
  const respondWith = (response: Promise<Response>) => (answer = response);
  listeners.get('fetch')!({ request: { url, mode, method: 'GET' }, respondWith });
  return (await answer)?.text();
}

test.each(['', '?x', 'index.html', 'index.html?utm=1', 'index', '#about'])(
  'without a network the page opens at its address with %j behind it',
  async (rest) => {
    expect(await answerTo(FOLDER + rest.replace(/#.*/, ''))).toBe('page');
  },
);

test('what is not the page is not answered by it', async () => {
  await expect(answerTo(`${FOLDER}README.md`)).rejects.toThrow('Failed to fetch');
  await expect(answerTo(`${FOLDER}other/`)).rejects.toThrow('Failed to fetch');
  await expect(answerTo(`${FOLDER}model.json?x`, 'cors')).rejects.toThrow('Failed to fetch');
  expect(await answerTo(`${FOLDER}app/main-1.js`, 'no-cors')).toBe('script');
  expect(await answerTo('https://elsewhere.example/')).toBeUndefined();
});
