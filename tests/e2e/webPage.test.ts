import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { fromBlob } from '../../src/base/numbers/asyncBuffer';
import type { WebPageModel } from '../../src/base/wire/webPage';
import { listZip } from '../../src/formats/zip';
import { listen, ROOT, seriousFindings, shoot, watch, type Watch } from './harness';
import { visiting } from './visit';

// A model is saved as a web page, which a server of plain files gives to a visitor; then the server is gone.

const STARTER = join(ROOT, 'public/models/atelier-starter');
const QUESTION = 'Tell me a story about a dog.';
const TOKENS = 24;

const folder = mkdtempSync(join(tmpdir(), 'atelier-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const visit = visiting();

const TYPES: Record<string, string> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' },
  ...{ '.wasm': 'application/wasm', '.json': 'application/json' },
};

/** Files as they lie, with their types and no header more, as `python3 -m http.server` gives them. */
const plainServer = (root: string): Server =>
  createServer((request, response) => {
    const path = new URL(request.url!, 'http://x').pathname;
    try {
      const bytes = readFileSync(join(root, path.endsWith('/') ? `${path}index.html` : path));
      const type = TYPES[extname(path)] ?? (path.endsWith('/') ? 'text/html' : 'application/octet-stream');
      response.writeHead(200, { 'Content-Type': type }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });

async function unpack(zip: string, into: string): Promise<string[]> {
  const files = await listZip(fromBlob(new Blob([readFileSync(zip)])), zip);
  for (const file of files) {
    const path = join(into, file.path);
    mkdirSync(dirname(path), { recursive: true });
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.stream()) chunks.push(chunk);
    writeFileSync(path, Buffer.concat(chunks));
  }
  return files.map(({ path }) => path);
}

/** Asks the saved page; gives the whole answer. */
async function ask(page: Page, question: string): Promise<string> {
  await page.getByLabel('Your message').fill(question);
  await page.getByLabel(/^Always take the likeliest/).check();
  const send = page.getByRole('button', { name: 'Send' });
  await send.click();
  await send.waitFor(); // until then it stops the answer
  return page.locator('section.model p').last().innerText();
}

/** The same question in a conversation of its own, stopped at its first words; gives what was written. */
async function askAndStop(page: Page, question: string): Promise<string> {
  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByLabel('Your message').fill(question);
  // at the first token: a press from here may come after the last one
  await page.evaluate(() => {
    const watch = new MutationObserver(() => {
      if (!document.querySelector('section.model[aria-busy] p')?.textContent) return;
      watch.disconnect();
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Stop')?.click();
    });
    watch.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await page.getByRole('button', { name: 'Send' }).click();
  const answer = page.locator('section.model:not([aria-busy]) p').last();
  await answer.waitFor();
  await page.getByRole('button', { name: 'Send' }).waitFor();
  return answer.innerText();
}

test('a model saved as a web page answers as the studio does, from plain files, and later from none', async () => {
  const { page, studio } = visit;
  const { id, name } = await studio.importModel(readdirSync(STARTER).map((file) => join(STARTER, file)));
  await studio.chatWith(name);
  await studio.setNumber('Temperature', 0);
  await studio.setNumber('Longest reply, in tokens', TOKENS);
  const ours = (await studio.ask(QUESTION, 1))[0]!.text;
  await studio.go(`export/${id}`);
  const { picked, offered } = await studio.saveAs('A web page');
  expect(offered).toMatch(/-web-page\.zip$/);
  const paths = await unpack(await studio.savedCopy(picked, folder), folder);
  for (const path of ['GUIDE.md', 'README.md', 'index.html', 'offline.js', '_headers', 'licences.txt', 'model.json'])
    expect(paths).toContain(path);
  expect(readFileSync(join(folder, 'GUIDE.md'), 'utf8')).toContain('python3 -m http.server 8080 --directory');

  const server = plainServer(folder);
  const origin = await listen(server);
  const guest = await page.context().newPage();
  const seen: Watch = watch(guest, origin);
  await guest.goto(`${origin}/`);
  await guest.getByText('It is kept here and works without a network.').waitFor();
  expect(await guest.getByRole('heading', { level: 1 }).innerText()).toBe(name);
  await guest.getByText('From its card').waitFor();
  await guest.getByText('says things that are not true').first().waitFor();
  expect(ours.length).toBeGreaterThan(10);
  const theirs = await ask(guest, QUESTION);
  expect(theirs.slice(0, ours.length)).toBe(ours);
  expect(await seriousFindings(guest)).toEqual([]);
  expect(await guest.locator('section.model small').innerText()).toMatch(/^\d+ tokens, \d+\.\d tokens per second$/);
  await guest.getByRole('button', { name: 'Save the conversation' }).click();
  const log = join(visit.running.downloads, offered.replace('.zip', '-log.jsonl'));
  await expect.poll(() => existsSync(log)).toBe(true);
  const line = JSON.parse(readFileSync(log, 'utf8')) as Record<string, unknown>;
  expect(line).toMatchObject({
    ...{ model: name, version: offered.replace('.zip', '') },
    messages: [
      { role: 'user', content: QUESTION },
      { role: 'assistant', content: theirs },
    ],
  });
  const stopped = await askAndStop(guest, QUESTION);
  expect(theirs.startsWith(stopped)).toBe(true);
  expect(stopped.length).toBeGreaterThan(0);
  expect(stopped.length).toBeLessThan(theirs.length);
  // a message that does not fit is left out, and one behind a full context is answered all the same
  await guest.getByRole('button', { name: 'Start over' }).click();
  await guest.getByLabel('Your message').fill('tea and rain '.repeat(200));
  await guest.getByRole('button', { name: 'Send' }).click();
  await guest.getByText('longer than this model can read').waitFor();
  expect(await ask(guest, QUESTION)).toBe(theirs);
  for (let turn = 0; turn < 3; turn++) expect(await ask(guest, 'tea and rain '.repeat(30))).not.toBe('');
  await guest.getByRole('button', { name: '中文' }).click();
  await guest.getByText('摘自模型卡').waitFor();
  await guest.getByText('会说出不真实的话').first().waitFor();
  await shoot(guest, 'web-page');
  expect(seen).toEqual({ errors: [], foreign: [] });
  await guest.close();

  // a newer version whose parts never came whole: the kept one answers
  const facts = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as WebPageModel;
  const parts = facts.parts.map((part) => ({ ...part, path: part.path.replace(facts.version, '9') }));
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ ...facts, name: 'Newer', version: '9', parts }));
  const again = await page.context().newPage();
  await again.goto(`${origin}/`);
  await again.getByText('The newer version could not be loaded').waitFor();
  expect(await again.getByRole('heading', { level: 1 }).innerText()).toBe(name);
  expect(await ask(again, QUESTION)).toBe(theirs);

  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  for (const address of ['', 'index.html', '?from=mail']) {
    await again.goto(`${origin}/${address}`);
    await again.getByText('It is kept here and works without a network.').waitFor();
  }
  expect(await ask(again, QUESTION)).toBe(theirs);
  await again.close();
});
