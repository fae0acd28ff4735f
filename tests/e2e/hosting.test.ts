import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headersOf } from '../../src/build/headers.ts';
import { caddyfile } from '../../src/build/hosting/caddy.ts';
import { nginxConf } from '../../src/build/hosting/nginx.ts';
import { CLEAN, DIST, listen, newProfile, openBrowser, ROOT, watch } from './harness';

// The build behind the servers that the hosting files are for; a server that is not installed is left out.

const folder = mkdtempSync(join(tmpdir(), 'atelier-hosting-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A port that was free a moment ago: these servers tell nobody which one the system picked. */
async function freePort(): Promise<number> {
  const server = createServer();
  const origin = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return Number(new URL(origin).port);
}

/** Where the second folder of models and the list of both lie. */
const MORE = join(folder, 'more');
const LIST = join(folder, 'models.json');

const SERVERS: Record<string, { probe: string[]; start: (port: number) => string[] }> = {
  nginx: {
    probe: ['nginx', '-v'],
    start: (port) => {
      const conf = nginxConf({ root: DIST, port, temporary: folder, more: { root: MORE, list: LIST } });
      writeFileSync(join(folder, 'nginx.conf'), conf);
      return ['nginx', '-c', join(folder, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off; user root;'];
    },
  },
  caddy: {
    probe: ['caddy', 'version'],
    start: (port) => {
      // The global block is the test's own: no administration port, no certificate.
      const global = '{\n\tadmin off\n\tauto_https off\n}\n';
      writeFileSync(join(folder, 'Caddyfile'), global + caddyfile(`http://127.0.0.1:${port}`, DIST));
      return ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
    },
  },
};

const isThere = ([program, ...args]: string[]): boolean => spawnSync(program!, args).error === undefined;

describe.each(Object.entries(SERVERS))('%s', (name, { probe, start }) => {
  const there = isThere(probe);
  let child: ChildProcess;
  let origin: string;
  let said = '';

  beforeAll(async () => {
    if (!there) return;
    const model = join(MORE, 'models', 'brought');
    mkdirSync(model, { recursive: true });
    writeFileSync(join(model, 'config.json'), '{}');
    spawnSync('sh', [join(ROOT, 'src/build/hosting/listModels.sh'), LIST, join(DIST, 'models'), join(MORE, 'models')]);
    const port = await freePort();
    const [program, ...args] = start(port);
    const home = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    child = spawn(program!, args, { stdio: ['ignore', 'ignore', 'pipe'], env: home });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
    origin = `http://127.0.0.1:${port}`;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${said}`);
      if (await fetch(origin).catch(() => undefined)) break;
      await sleep(50);
    }
  });
  afterAll(() => {
    if (there) child.kill();
  });

  const expectTable = (response: Response, path: string): void => {
    for (const [header, value] of Object.entries(headersOf(path)))
      expect(response.headers.get(header), `${header} of ${path}`).toBe(value);
  };

  test.runIf(there)('every file of the build comes under the table, and so does what is missing', async () => {
    const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(DIST.length).split(sep).join('/'));
    expect(files.length).toBeGreaterThan(30);
    for (const path of ['/', '/models', '/verify', ...files]) {
      const response = await fetch(origin + path);
      expect([path, response.status]).toEqual([path, 200]);
      await response.body?.cancel();
      expectTable(response, path);
    }
    for (const path of ['/assets/old.js', '/data', '/assets/', '/hub/old.js', '/models/a/config.json', '/../x']) {
      const response = await fetch(origin + path);
      expect([path, response.status]).toEqual([path, 404]);
      expectTable(response, path);
    }
  });

  test.runIf(there)('scripts and pages have the types that a browser asks for', async () => {
    const types = new Map<string, string>();
    const assets = readdirSync(join(DIST, 'assets')).map((file) => `/assets/${file}`);
    for (const path of ['/index.html', '/models.html', ...assets]) {
      const response = await fetch(origin + path, { method: 'HEAD' });
      types.set(path.slice(path.lastIndexOf('.')), response.headers.get('content-type') ?? '');
    }
    expect(types.get('.html')).toMatch(/^text\/html/);
    expect(types.get('.js')).toMatch(/javascript/);
    expect(types.get('.css')).toMatch(/^text\/css/);
    expect(types.get('.wasm')).toBe('application/wasm');
  });

  test.runIf(there)('the studio opens there, without an error or a refusal', async () => {
    const profile = newProfile();
    const running = await openBrowser(profile.folder);
    const seen = watch(running.page, origin);
    await running.page.goto(origin);
    await running.page.locator('main h1').waitFor();
    await running.page.goto(`${origin}/#/machine`);
    await running.page.getByRole('heading', { level: 1, name: 'This machine' }).waitFor();
    expect(seen).toEqual(CLEAN);
    await running.close();
    profile.remove();
  });

  test.runIf(there && name === 'nginx')('models of a volume stand beside those of the build', async () => {
    const list = (await (await fetch(`${origin}/models/index.json`)).json()) as { name: string }[];
    expect(list.map((model) => model.name)).toEqual(['atelier-starter', 'brought']);
    for (const model of ['atelier-starter', 'brought']) {
      const response = await fetch(`${origin}/models/${model}/config.json`);
      expect([model, response.status]).toEqual([model, 200]);
      expectTable(response, '/models/x');
    }
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  });
});
