import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { headersOf } from '../../src/build/headers.ts';
import { headerTable } from '../../src/build/serve.ts';

const PAGE = '<title>studio</title>';
const folder = mkdtempSync(join(tmpdir(), 'atelier-serve-'));
let server: PreviewServer;
let origin = '';
beforeAll(async () => {
  mkdirSync(join(folder, 'assets'));
  for (const file of ['index.html', 'models.html', 'assets/app.js']) writeFileSync(join(folder, file), PAGE);
  server = await preview({
    configFile: false,
    logLevel: 'error',
    root: folder,
    plugins: [headerTable()],
    build: { outDir: '.' },
    preview: { host: '127.0.0.1', port: 0 },
  });
  origin = `http://127.0.0.1:${(server.httpServer.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A browser names what it asks for: a page by its address line, a script by any type. */
const ask = (path: string, accept: string): Promise<Response> => fetch(origin + path, { headers: { accept } });

test('what is there is answered', async () => {
  for (const path of ['/', '/index.html', '/assets/app.js', '/models.html', '/?x=1']) {
    const response = await ask(path, 'text/html');
    expect([path, response.status, await response.text()]).toEqual([path, 200, PAGE]);
  }
});

test('what is missing is answered with 404 and the header table, never with the page', async () => {
  const missing = [
    '/assets/old-1.js',
    '/favicon.ico',
    '/sw.js',
    '/models/a/config.json',
    '/data',
    '/assets/',
    '/a.html',
  ];
  for (const path of missing)
    for (const accept of ['*/*', 'text/html,*/*']) {
      const response = await ask(path, accept);
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.text()).not.toContain('studio');
      for (const [name, value] of Object.entries(headersOf(path))) expect(response.headers.get(name), name).toBe(value);
    }
});
