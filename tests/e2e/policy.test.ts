import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join, sep } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HEADERS, headersOf } from '../../src/build/headers.ts';
import { DIST, listen, newProfile, openBrowser, ROOT, serve, type RunningBrowser, type Served } from './harness';

const PROBE = join(ROOT, 'tests/e2e/probe');

interface Answer {
  gpu: number | string;
  fetch: string;
  opaque: string;
  socket: string;
  module: string;
  eval: number | string;
  isolated: boolean;
}
interface Answers {
  page: Answer;
  worker: Answer;
  only: { image: string; markup: string; styleAttribute: boolean; styleByScript: boolean };
}

interface Listener {
  server: Server;
  origin: string;
  requests: string[];
  connections(): number;
}

/** Another origin that would gladly take what it is sent, and notes every connection and request. */
async function listener(): Promise<Listener> {
  const requests: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const isModule = request.url === '/module.js';
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Content-Type', isModule ? 'text/javascript' : 'text/plain');
    response.end(isModule ? 'export default "ran"' : 'taken');
  });
  server.on('connection', () => connections++);
  server.on('upgrade', (request, socket) => {
    requests.push(request.url ?? '');
    socket.destroy();
  });
  return { server, origin: await listen(server), requests, connections: () => connections };
}

describe('the header table', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  const expectTable = (response: Response, path = '/'): void => {
    const headers = headersOf(path);
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name), name).toBe(value);
    const readers = headers['Access-Control-Allow-Origin'] ?? null;
    expect(response.headers.get('access-control-allow-origin')).toBe(readers);
  };

  test('stands on every file of the studio, the workers among them', async () => {
    const files = readdirSync(DIST, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(DIST.length).split(sep).join('/'));
    expect(paths).toEqual(expect.arrayContaining(['/index.html', '/models.html']));
    expect(paths.filter((path) => headersOf(path) === HEADERS).some((path) => path.includes('worker'))).toBe(true);
    for (const path of ['/', ...paths]) {
      const response = await fetch(served.origin + path);
      expect(response.status, path).toBe(200);
      expectTable(response, path);
    }
  });

  test('stands on what is not there', async () => {
    const response = await fetch(`${served.origin}/assets/missing.js`);
    expect(response.status).toBe(404);
    expectTable(response);
  });

  test('allows nothing that was not asked for', () => {
    const policy = HEADERS['Content-Security-Policy'];
    expect(policy).toMatch(/^default-src 'none'; /);
    expect(policy).toContain("connect-src 'self';");
    // WebAssembly alone may be compiled: the CPU path is tfjs' own, from this origin
    expect(policy!.replace("'wasm-unsafe-eval'", '')).not.toMatch(/unsafe|https?:|\*/);
  });

  test('the built page holds no inline script, no inline style, no address of another origin', async () => {
    const html = await (await fetch(served.origin)).text();
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|https?:\/\//);
    expect(html.match(/<script(?![^>]*\ssrc=)/)).toBeNull();
  });
});

describe('under the policy', () => {
  const profile = newProfile();
  let running: RunningBrowser;
  let elsewhere: Listener;
  beforeAll(async () => {
    running = await openBrowser(profile.folder);
  });
  afterAll(async () => {
    await running.close();
    profile.remove();
  });
  // an origin for each test: a browser may open connections to one that it knows whenever it likes
  beforeEach(async () => {
    elsewhere = await listener();
  });
  afterEach(() => void elsewhere.server.close());

  async function answersOf(served: Served): Promise<Answers> {
    await running.page.goto(`${served.origin}/#${elsewhere.origin}`);
    await running.page.waitForFunction(() => document.title === 'answered');
    return running.page.evaluate<Answers>('answers');
  }

  test('the control page, without it, does reach the other origin', async () => {
    const served = await serve(PROBE, { bare: true });
    const { page, worker } = await answersOf(served);
    await served.close();
    expect(page).toMatchObject({ gpu: 42, fetch: 'taken', opaque: 'opaque', module: 'ran', eval: 2 });
    expect(worker).toMatchObject({ gpu: 42, fetch: 'taken', opaque: 'opaque', module: 'ran', eval: 2 });
    const all = ['/fetch', '/opaque', '/socket', '/module.js', '/image.svg', '/beacon'];
    await expect.poll(() => elsewhere.requests).toEqual(expect.arrayContaining(all)); // a beacon goes when it likes
  });

  test('WebGPU computes in page and worker, and nothing gets out of either', async () => {
    const served = await serve(PROBE);
    const { page, worker, only } = await answersOf(served);
    for (const thread of [page, worker]) {
      expect(thread.gpu).toBe(42);
      expect(thread.isolated).toBe(true);
      for (const attempt of ['fetch', 'opaque', 'socket', 'module', 'eval'] as const)
        expect(thread[attempt], attempt).toMatch(/^refused/);
    }
    expect(only).toEqual({
      image: expect.stringMatching(/^refused/) as string,
      markup: 'refused: TypeError',
      styleAttribute: false,
      styleByScript: true,
    });
    expect(elsewhere.requests).toEqual([]);
    expect(elsewhere.connections()).toBe(0);
    await served.close();
  });

  /** Sends the page to the other origin, and waits until the browser shows what came of it. */
  async function navigateAway(served: Served): Promise<void> {
    await answersOf(served);
    const shown = running.page.waitForEvent('framenavigated');
    await running.page.evaluate((to) => {
      location.href = `${to}/navigated`;
    }, elsewhere.origin);
    await shown;
    await served.close();
  }

  test('a navigation to another origin takes nothing along, and would without the table', async () => {
    await navigateAway(await serve(PROBE));
    expect(elsewhere.requests).toEqual([]);
    await navigateAway(await serve(PROBE, { bare: true }));
    expect(elsewhere.requests).toContain('/navigated');
  });
});
