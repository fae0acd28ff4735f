import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLEAN, listen, ROOT, SCREENS, showAs } from './harness';
import { expectSound } from './sound';
import { visiting } from './visit';

// A published model is taken away as GGUF, and llama.cpp, in the framed page verify.html, writes what the studio's
// model writes.

/**
 * The trained base model that comes with the studio: a random one writes half characters, which llama.cpp in a page
 * can't be told.
 */
const STARTER = join(ROOT, 'public/models/atelier-starter');

const visit = visiting();

test('a GGUF from elsewhere is opened, says what it is, and is talked to', async () => {
  const { page, studio } = visit;
  const { name } = await studio.importModel(join(ROOT, 'tests/fixtures/gguf/smol.gguf'));
  await page.getByText(/^Llama · .* · GGUF: F16 × 15 · licence not stated · has a chat template$/).waitFor();
  await page.reload(); // it is stored as any other
  await studio.chatWith(name);
  await studio.setNumber('Longest reply, in tokens', 6);
  const [said] = await studio.ask('Hi', 1);
  expect(said!.prompt).toBeGreaterThan(8); // by the template of its file
  expect(visit.seen).toEqual(CLEAN);
});

test('llama.cpp reads the saved GGUF with its tokenizer and writes what the model here writes', async () => {
  const { page, studio } = visit;
  const { id } = await studio.importModel(readdirSync(STARTER).map((name) => join(STARTER, name)));
  await studio.go(`export/${id}`);
  for (const kind of ['GGUF, 16 bits', 'For Ollama']) {
    const { offered, picked, message } = await studio.saveAs(kind);
    expect(offered).toMatch(kind === 'For Ollama' ? /^[\w.-]+-ollama\.zip$/ : /^[\w.-]+-1\.3M-[\w.-]*v1\.0-F16\.gguf$/);
    expect(message).toContain(picked);
    const { sentence, equal, tokens, divergence } = await studio.verify('Run it in llama.cpp');
    expect(sentence, kind).toMatch(/ in llama\.cpp (writes|is the model)/);
    expect(equal, kind).toBeGreaterThanOrEqual(tokens - 2);
    expect(tokens, kind).toBeGreaterThanOrEqual(45);
    expect(divergence, kind).toBeLessThan(kind === 'For Ollama' ? 0.01 : 1e-4);
  }
  expect(visit.seen).toEqual(CLEAN);
  for (const screen of SCREENS) {
    await showAs(page, screen);
    await page.locator('.result').last().scrollIntoViewIfNeeded();
    await expectSound(page, `verify-${screen.name}`);
  }
  await showAs(page, SCREENS[0]!);
});

test('from verify.html, its worker too, nothing reaches another origin or the studio’s storage', async () => {
  const asked: string[] = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.end('taken');
  });
  const origin = await listen(elsewhere);
  const frame = visit.page.frames().find((f) => f.url().endsWith('/verify.html'))!;
  const attempts = await frame.evaluate(async (elsewhere) => {
    const attempt = async (work: () => unknown): Promise<string> => {
      try {
        return String(await work());
      } catch (thrown) {
        return (thrown as Error).name;
      }
    };
    const socket = (): Promise<string> =>
      new Promise((resolve) => {
        const opened = new WebSocket(`${elsewhere.replace('http', 'ws')}/socket`);
        opened.onopen = () => resolve('open');
        opened.onerror = () => resolve('error');
      });
    const image = (): Promise<string> =>
      new Promise((resolve) => {
        const picture = new Image();
        picture.onload = () => resolve('loaded');
        picture.onerror = () => resolve('error');
        picture.src = `${elsewhere}/image`;
      });
    const worker = (): Promise<string> =>
      new Promise((resolve) => {
        const script = `fetch('${elsewhere}/worker').then(() => postMessage('taken'), (e) => postMessage(e.name))`;
        const started = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
        started.onmessage = ({ data }) => resolve(String(data));
      });
    const database = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error!);
      });
    return {
      origin: self.origin,
      fetch: await attempt(() => fetch(`${elsewhere}/fetch`)),
      opaque: await attempt(() => fetch(`${elsewhere}/opaque`, { mode: 'no-cors' })),
      socket: await attempt(socket),
      image: await attempt(image),
      worker: await attempt(worker),
      database: await attempt(database),
      files: await attempt(() => navigator.storage.getDirectory()),
      parent: await attempt(() => parent.document.title),
    };
  }, origin);
  expect(await (await fetch(`${origin}/control`)).text()).toBe('taken');
  elsewhere.close();
  expect(attempts).toEqual({
    origin: 'null',
    fetch: 'TypeError',
    opaque: 'TypeError',
    socket: 'error',
    image: 'error',
    worker: 'TypeError',
    database: 'SecurityError',
    files: 'SecurityError',
    parent: 'SecurityError',
  });
  expect(asked).toEqual(['/control']);
});
