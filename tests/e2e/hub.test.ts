import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen, serve } from './harness';
import { visiting } from './visit';

// A hub of two origins, as the real one is: what it says, and where its files lie. The second answers after a redirect,
// when a browser sends `Origin: null` whoever asked.

const CONFIG = JSON.stringify({ model_type: 'llama', hidden_size: 8 });
const WEIGHTS = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251);

/** Of a data set, and of the hub's own copy of it. */
const [COMMIT, COPY] = ['ab'.repeat(20), 'cd'.repeat(20)];
const TEXTS = Array.from({ length: 300 }, (_, i) => `The ${i}th line of a small data set.`);
const ROWS = new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'text', data: TEXTS }] }));
const LINES = TEXTS.map((text) => JSON.stringify({ text })).join('\n');
const about = (sha: string, gated: false | string = false): unknown => ({
  ...{ _id: '3', id: 'owner/rows', sha, gated, private: false, downloads: 0, likes: 0 },
  tags: ['license:cc0-1.0'],
});
const DATASETS: Record<string, unknown> = {
  '/api/datasets/owner/rows/revision/HEAD': about(COMMIT),
  '/api/datasets/owner/rows/revision/refs%2Fconvert%2Fparquet': about(COPY),
  [`/api/datasets/owner/rows/tree/${COPY}`]: [
    { type: 'directory', path: 'default', size: 0, oid: '1' },
    { type: 'file', path: 'default/train/0000.parquet', size: ROWS.length, oid: '2' },
  ],
  '/api/datasets/owner/plain/revision/HEAD': about(COMMIT),
  [`/api/datasets/owner/plain/revision/${COMMIT}`]: about(COMMIT),
  [`/api/datasets/owner/plain/tree/${COMMIT}`]: [{ type: 'file', path: 'train.jsonl', size: LINES.length, oid: '3' }],
  '/api/datasets/owner/gated/revision/HEAD': about(COMMIT, 'manual'),
};

const asked: { host: 'hub' | 'files'; url: string; origin?: string; cookie?: string; authorization?: string }[] = [];
const note = (host: 'hub' | 'files', { url, headers }: IncomingMessage): void => {
  const { origin, cookie, authorization } = headers;
  asked.push({ host, url: url ?? '', origin, cookie, authorization });
};

/** Answers that break off in the middle. */
let cuts = 0;

function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  const [start, end] = [Number(from ?? 0), Math.min(Number(to ?? bytes.length - 1), bytes.length - 1)];
  response.setHeader('Content-Range', `bytes ${start}-${end}/${bytes.length}`);
  response.setHeader('ETag', '"1"');
  response.writeHead(206);
  const part = bytes.subarray(start, end + 1);
  if (part.length < 1000 || cuts-- <= 0) return void response.end(part);
  response.write(part.subarray(0, part.length >> 1), () => response.destroy());
}

function answerAsHub(files: string) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Access-Control-Expose-Headers', '*');
    if (request.method === 'OPTIONS') return void response.end();
    note('hub', request);
    const url = request.url ?? '';
    const json = (value: unknown): void => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (url.startsWith('/api/models/owner/tiny/revision/'))
      return json({ _id: '1', id: 'owner/tiny', sha: 'abc', gated: false, tags: ['license:mit'], likes: 0 });
    if (url.startsWith('/api/models/owner/closed/revision/'))
      return json({ _id: '2', id: 'owner/closed', sha: 'abc', gated: 'manual', tags: [], likes: 0 });
    if (url.startsWith('/api/models/owner/tiny/tree/abc'))
      return json([
        { type: 'file', path: 'config.json', size: CONFIG.length, oid: '1' },
        { type: 'file', path: 'model.safetensors', size: WEIGHTS.length, oid: '2' },
      ]);
    if (url.startsWith('/api/datasets/')) {
      const answer = DATASETS[url.replace(/\?.*$/, '')];
      return answer === undefined ? void response.writeHead(404).end() : json(answer);
    }
    if (url === `/datasets/owner/rows/resolve/${COPY}/default/train/0000.parquet`)
      return sendRange(request, response, ROWS);
    if (url === `/datasets/owner/plain/resolve/${COMMIT}/train.jsonl`)
      return sendRange(request, response, Buffer.from(LINES));
    if (url === '/owner/tiny/resolve/abc/config.json') return sendRange(request, response, Buffer.from(CONFIG));
    if (url === '/owner/tiny/resolve/abc/model.safetensors')
      return void response.writeHead(302, { Location: `${files}/blob` }).end();
    if (url.startsWith('/away?')) return void response.writeHead(302, { Location: url.slice('/away?'.length) }).end();
    response.writeHead(404).end();
  };
}

let hub = '';
let files = '';
const servers: Server[] = [];

beforeAll(async () => {
  const answerAsFiles = (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Access-Control-Expose-Headers', '*');
    if (request.method === 'OPTIONS') return void response.end();
    note('files', request);
    sendRange(request, response, WEIGHTS);
  };
  servers.push(createServer(answerAsFiles));
  files = await listen(servers[0]!);
  servers.push(createServer(answerAsHub(files)));
  hub = await listen(servers[1]!);
});
afterAll(() => servers.forEach((server) => server.close()));
const visit = visiting(() => [hub, files]);
beforeAll(() => openFrame());

/** The frame as src/app/hub.ts opens it; its port stays at hand as `window.port`. */
const openFrame = (): Promise<void> =>
  visit.page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        frame.src = '/models.html';
        frame.onload = () => {
          const { port1, port2 } = new MessageChannel();
          port1.start();
          Object.assign(window, { port: port1 });
          frame.contentWindow!.postMessage('port', '*', [port2]);
          resolve();
        };
        document.body.append(frame);
      }),
  );

/** One call over the port, in comlink's form; bytes come back as numbers. */
const call = (method: string, ...args: unknown[]): Promise<unknown> =>
  visit.page.evaluate(
    ([name, list]) =>
      new Promise((resolve) => {
        const { port } = window as unknown as { port: MessagePort };
        const id = crypto.randomUUID();
        port.addEventListener('message', ({ data }: MessageEvent<{ id: string; value: unknown }>) => {
          if (data.id !== id) return;
          resolve(data.value instanceof ArrayBuffer ? [...new Uint8Array(data.value)] : data.value);
        });
        const argumentList = list.map((value) => ({ type: 'RAW', value }));
        port.postMessage({ id, type: 'APPLY', path: [name], argumentList });
      }),
    [method, args] as const,
  );

const MODEL = () => ({
  hub,
  repo: 'owner/tiny',
  revision: 'abc',
  licence: 'mit',
  files: [
    { path: 'config.json', byteLength: CONFIG.length },
    { path: 'model.safetensors', byteLength: WEIGHTS.length },
  ],
});

test('a repository name goes in; its files, sizes, commit and licence come out', async () => {
  expect(await call('describe', hub, 'owner/tiny')).toEqual(MODEL());
});

test('any part of a file is read, also where the hub sends it on to another host', async () => {
  expect(await call('read', MODEL(), 'config.json', 0, CONFIG.length)).toEqual([...Buffer.from(CONFIG)]);
  expect(await call('read', MODEL(), 'model.safetensors', 1234, 1300)).toEqual([...WEIGHTS.subarray(1234, 1300)]);
  expect(asked.some(({ host }) => host === 'files')).toBe(true);
});

test('a connection that is cut in the middle of a file is told, and the part is read when it is asked for again', async () => {
  cuts = 1;
  const cut = (await call('read', MODEL(), 'model.safetensors', 0, WEIGHTS.length)) as { code?: string };
  expect(cut.code).toBe('hub-unreachable');
  expect(await call('read', MODEL(), 'model.safetensors', 0, WEIGHTS.length)).toEqual([...WEIGHTS]);
});

const ROWS_OF = () => ({
  ...{ kind: 'dataset', hub, repo: 'owner/rows', revision: COPY, licence: 'cc0-1.0' },
  files: [{ path: 'default/train/0000.parquet', byteLength: ROWS.length }],
});

test('a data set is told with the hub’s copy of it, its commit and licence, else with its own files', async () => {
  expect(await call('describeDataset', hub, 'owner/rows')).toEqual(ROWS_OF());
  expect(await call('read', ROWS_OF(), 'default/train/0000.parquet', 0, 4)).toEqual([...Buffer.from('PAR1')]);
  expect(await call('describeDataset', hub, 'owner/plain')).toEqual({
    ...{ ...ROWS_OF(), repo: 'owner/plain', revision: COMMIT },
    files: [{ path: 'train.jsonl', byteLength: LINES.length }],
  });
});

test('a data set behind a gate and one that is not there are refused in words', async () => {
  const codeOf = async (repo: string): Promise<unknown> =>
    ((await call('describeDataset', hub, repo)) as { code?: string }).code;
  expect(await codeOf('owner/gated')).toBe('hub-gated');
  expect(await codeOf('owner/none')).toBe('hub-dataset');
});

test('a person asks for a data set by its name and gets some of its rows, with licence and commit', async () => {
  const page = await visit.page.context().newPage();
  await page.goto(`${visit.served.origin}/#/data`);
  await page.getByRole('button', { name: 'From a hub' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Data set', { exact: true }).fill('https://huggingface.co/datasets/owner/rows');
  await dialog.locator('[aria-label^="Hub"]').click();
  await page.getByRole('option', { name: 'another …' }).click();
  await dialog.getByLabel('Address of the hub').fill(hub);
  await dialog.getByRole('button', { name: 'Ask the hub' }).click();
  await dialog.getByText('cc0-1.0').waitFor();
  await dialog.getByLabel('First row').fill('11');
  await dialog.getByLabel('Rows', { exact: true }).fill('20');
  await dialog.getByRole('button', { name: 'Fetch' }).click();
  await page.getByText('The 10th line of a small data set.').first().waitFor();
  await page.getByRole('button', { name: 'rows · train' }).first().waitFor();
  await page.close();
});

test('it asks as nobody: from an opaque origin, without cookie or token', () => {
  expect(asked.length).toBeGreaterThan(3);
  for (const { origin, cookie, authorization } of asked)
    expect([origin, cookie, authorization]).toEqual(['null', undefined, undefined]);
});

test('a model behind a gate, one that is not there and a hub that the policy does not name are refused in words', async () => {
  const codeOf = async (...args: [hub: string, repo: string]): Promise<unknown> =>
    ((await call('describe', ...args)) as { code?: string }).code;
  expect(await codeOf(hub, 'owner/closed')).toBe('hub-gated');
  expect(await codeOf(hub, 'owner/none')).toBe('hub-repository');
  expect(await codeOf('http://127.0.0.1:9', 'a/b')).toBe('hub-unreachable');
});

test('the frame cannot open the studio’s storage, nor see its page', async () => {
  const frame = visit.page.frames().find((f) => f.url().endsWith('/models.html'))!;
  const seen = await frame
    .evaluate(async () => {
      const attempt = async (work: () => unknown): Promise<string> => {
        try {
          await work();
          return 'done';
        } catch (thrown) {
          return (thrown as Error).name;
        }
      };
      const opened = new Promise((resolve, reject) => {
        const request = indexedDB.open('atelier');
        request.onsuccess = resolve;
        request.onerror = () => reject(request.error!);
      });
      return {
        origin: self.origin,
        indexedDB: await attempt(() => opened),
        localStorage: await attempt(() => localStorage.length),
        cookie: await attempt(() => document.cookie),
        caches: await attempt(() => caches.keys()),
        files: await attempt(() => navigator.storage.getDirectory()),
        parent: await attempt(() => parent.document.title),
        elsewhere: await attempt(() => fetch('http://127.0.0.1:9/')),
      };
    })
    .catch((thrown: unknown) => String(thrown));
  expect(seen).toEqual({
    origin: 'null',
    indexedDB: 'SecurityError',
    localStorage: 'SecurityError',
    cookie: 'SecurityError',
    caches: 'SecurityError',
    files: 'SecurityError',
    parent: 'SecurityError',
    elsewhere: 'TypeError',
  });
});

/**
 * Ways from a page to a host that no policy names: WebRTC (STUN, over UDP), hints, frames, navigation, and a listed host
 * that sends the page on. Runs in the page; each is given time to leave.
 */
async function tryToLeave({ foreign, port, hub }: { foreign: string; port: number; hub: string }): Promise<void> {
  const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:127.0.0.1:${port}` }] });
  peer.createDataChannel('x');
  await peer.setLocalDescription(await peer.createOffer()).catch(() => undefined);
  const add = (tag: string, attributes: Record<string, string>): void =>
    document.body.append(Object.assign(document.createElement(tag), attributes));
  add('link', { rel: 'preconnect', href: `${foreign}/preconnect` });
  add('link', { rel: 'prefetch', href: `${foreign}/prefetch` });
  add('iframe', { src: `${foreign}/iframe` });
  await fetch(`${hub}/away?${foreign}/sent-on`).catch(() => undefined);
  await new Promise((done) => setTimeout(done, 500));
  setTimeout(() => location.replace(`${foreign}/navigated`)); // after the answer, which it would end
}

/** What reaches a host that no policy names while models.html of this origin tries to; one host for each try. */
async function reachedFrom(origin: string): Promise<string[]> {
  const reached: string[] = [];
  const udp = createSocket('udp4').on('message', () => reached.push('udp'));
  udp.bind(0, '127.0.0.1');
  await once(udp, 'listening');
  const server = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end();
  }).on('connection', () => reached.push('tcp'));
  const foreign = await listen(server);
  const page = await visit.page.context().newPage();
  await page.goto(`${origin}/models.html`);
  const navigated = page.waitForEvent('framenavigated');
  await page.evaluate(tryToLeave, { foreign, port: udp.address().port, hub });
  await navigated;
  await page.close();
  udp.close();
  server.close();
  return reached;
}

test('models.html opens no connection to a host that is no hub, though without its table it does', async () => {
  const bare = await serve(undefined, { bare: true });
  expect(await reachedFrom(bare.origin)).toEqual(expect.arrayContaining(['udp', 'tcp', '/sent-on', '/navigated']));
  await bare.close();
  expect(await reachedFrom(visit.served.origin)).toEqual([]);
});

test('opened by itself, models.html is as opaque', async () => {
  const page = await visit.page.context().newPage();
  await page.goto(`${visit.served.origin}/models.html`);
  expect(await page.evaluate(() => self.origin)).toBe('null');
  await page.close();
});
