import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { preview } from 'vite';
import { headerTable } from '../../src/build/serve.ts';
import { findChromium } from '../chromium.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The built studio. */
export const DIST = join(ROOT, 'dist');

/** WebGPU on the software adapter: the same numbers on every machine, and no GPU needed. */
const FLAGS = [
  '--headless=new',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-breakpad',
  '--disable-component-update',
  '--disable-background-networking',
  '--disable-dev-shm-usage',
  '--lang=en-US',
  '--remote-debugging-port=0',
];

/**
 * Deadlines are for what hangs: a machine with other work takes many times what it takes alone, and no test judges
 * that.
 */
const PATIENCE = 120_000;

const originOf = (server: { address(): AddressInfo | string | null }): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/**
 * Starts a server on a port that the system picks as it listens: one that was looked for before may be taken by then.
 */
export async function listen(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return originOf(server);
}

export interface Served {
  origin: string;
  close(): Promise<void>;
}

/**
 * Serves a folder of files as `npm start` serves the studio, under the header table; `bare` leaves the table out, for a
 * page that shows what would get out without it; `hubs` are further ones that models.html may reach; `names` are
 * further names of this host.
 */
export async function serve(
  folder = DIST,
  { bare = false, hubs = [], names = [] }: { bare?: boolean; hubs?: string[]; names?: string[] } = {},
): Promise<Served> {
  if (!existsSync(join(folder, 'index.html')))
    throw new Error(`Nothing to serve in ${folder}: run \`npm run build\` first`);
  const server = await preview({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    plugins: bare ? [] : [headerTable(hubs)],
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port: 0, cors: false, allowedHosts: names },
  });
  return { origin: originOf(server.httpServer), close: () => server.close() };
}

/** A folder for a browser's profile; `remove` it when no browser uses it any more. */
export function newProfile(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-profile-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) };
}

export interface RunningBrowser {
  browser: Browser;
  page: Page;
  /** Where downloads land, under the names that the studio gives them. */
  downloads: string;
  /** kill -9 of the browser with every process it started; nothing gets the chance to save. */
  kill(): Promise<void>;
  /** An orderly end. */
  close(): Promise<void>;
}

/** The address of the debugging socket, which Chromium writes into its profile once it listens. */
async function debuggingAddress(profile: string, child: ChildProcess): Promise<string> {
  const file = join(profile, 'DevToolsActivePort');
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    if (child.exitCode !== null) throw new Error(`the browser ended at once, with ${child.exitCode}`);
    const [port, path] = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
    if (port && path) return `ws://127.0.0.1:${port}${path}`;
    await sleep(100);
  }
  throw new Error(`the browser opened no debugging port in ${PATIENCE / 1000} s`);
}

/** Ends the browser's process group; the kernel gives no process of it a chance to write anything. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
  await ended;
}

/**
 * A real browser on a real profile folder: Playwright's own contexts keep IndexedDB in memory, which would make a crash
 * test meaningless. It leads a process group of its own, so that a kill reaches its renderers and its GPU process too.
 */
export async function openBrowser(profile: string, flags: string[] = []): Promise<RunningBrowser> {
  const program = findChromium();
  if (!program) throw new Error('No Chromium or Chrome found; set CHROME_PATH to its program');
  // A killed browser leaves the port of its last life behind.
  rmSync(join(profile, 'DevToolsActivePort'), { force: true });
  const child = spawn(program, [...FLAGS, ...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    detached: true,
    stdio: 'ignore',
  });
  try {
    return await attach(child, profile);
  } catch (error) {
    await killGroup(child);
    throw error;
  }
}

async function attach(child: ChildProcess, profile: string): Promise<RunningBrowser> {
  const browser = await chromium.connectOverCDP(await debuggingAddress(profile, child), { timeout: PATIENCE });
  const context = browser.contexts()[0]!;
  context.setDefaultTimeout(PATIENCE);
  const page = context.pages()[0] ?? (await context.newPage());
  const downloads = join(profile, 'downloads');
  mkdirSync(downloads, { recursive: true });
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.setDownloadBehavior', {
    behavior: 'allow',
    downloadPath: downloads,
    eventsEnabled: true,
  });
  const kill = async (): Promise<void> => {
    await killGroup(child);
    await browser.close().catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    await session.send('Browser.close').catch(() => undefined);
    await Promise.race([ended, sleep(5000)]);
    await kill();
  };
  return { browser, page, downloads, kill, close };
}

/** What a page says that it should not: errors, refusals by the policy, requests that leave the origin. */
export interface Watch {
  errors: string[];
  foreign: string[];
}

export const CLEAN: Watch = { errors: [], foreign: [] };

/** @param seen what is added to, where a visit goes on in another browser. */
export function watch(page: Page, origin: string, seen: Watch = { errors: [], foreign: [] }): Watch {
  page.on('pageerror', (error) => seen.errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.context().on('request', (request) => {
    const url = new URL(request.url());
    const local = ['blob:', 'data:', 'about:', 'chrome:', 'devtools:'].includes(url.protocol);
    if (!local && url.origin !== origin) seen.foreign.push(request.url());
  });
  return seen;
}

export interface Screen {
  name: string;
  width: number;
  height: number;
  scheme: 'light' | 'dark';
}
/** The looks that every screen is judged in. */
export const SCREENS: Screen[] = [
  { name: 'desktop-light', width: 1440, height: 900, scheme: 'light' },
  { name: 'desktop-dark', width: 1440, height: 900, scheme: 'dark' },
  { name: 'phone-light', width: 390, height: 844, scheme: 'light' },
  { name: 'phone-dark', width: 390, height: 844, scheme: 'dark' },
];

/**
 * Shows the page in that size and scheme, and waits for two frames: the frame around the screens is chosen by listeners
 * of media queries, which a browser calls at its next frame only; until then a phone's window holds a desktop's rail.
 */
export async function showAs(page: Page, screen: Screen): Promise<void> {
  await page.setViewportSize({ width: screen.width, height: screen.height });
  await page.emulateMedia({ colorScheme: screen.scheme, reducedMotion: 'reduce' });
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}

/** A picture into the folder SHOTS names (for people; nothing compares it); without SHOTS, nothing. */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['SHOTS'];
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

export interface AxeFinding {
  id: string;
  impact: string;
  where: string[];
}

/**
 * What axe finds serious or critical on the page as it stands. Injected over the debugging protocol, which the page's
 * policy does not bind, so that the page is judged as it is served.
 */
export async function seriousFindings(page: Page): Promise<AxeFinding[]> {
  const axe = readFileSync(join(ROOT, 'node_modules/axe-core/axe.min.js'), 'utf8');
  const session = await page.context().newCDPSession(page);
  const run = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      allowUnsafeEvalBlockedByCSP: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value as unknown;
  };
  await run(`${axe}; 0`);
  const found = await run(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map((v) => ({
    id: v.id, impact: v.impact, where: v.nodes.map((n) => n.target.join(' ') + ': ' + (n.failureSummary ?? '').replaceAll('\\n', ' ')) })))`);
  await session.detach();
  return (found as AxeFinding[]).filter(({ impact }) => impact === 'serious' || impact === 'critical');
}
