// Builds the page that a model can be saved as, and packs it into webpage.zip: the studio adds a model to it. It is in
// a zip so that it is no page of the studio's own address.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { build, type Plugin } from 'vite';
import { SAVED_PAGE_HEADERS, savedPagePolicy } from './headers.ts';

/** The name in the build, by which the data worker asks for it. */
export const WEB_PAGE_FILE = 'webpage.zip';

/** The same for two builds. */
const MODIFIED = new Date(Date.UTC(1980, 0, 1));

/** One rule for all addresses, in the form of static hosts that read `_headers`. */
const headersFile = (): string =>
  `/*\n${Object.entries(SAVED_PAGE_HEADERS)
    .map(([name, value]) => `  ${name}: ${value}\n`)
    .join('')}`;

/** A policy in the page itself: static hosts send none. */
const policyInPage = (): Plugin => ({
  name: 'atelier:policy-in-page',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: savedPagePolicy() },
      injectTo: 'head-prepend',
    },
  ],
});

/** Scripts in the folder `app` under hashed names; the service worker at the top, or it would not see the page. */
async function buildInto(root: string, outDir: string): Promise<void> {
  await build({
    configFile: false,
    root,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    plugins: [policyInPage()],
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        input: 'webpage.html',
        output: {
          entryFileNames: 'app/[name]-[hash].js',
          chunkFileNames: 'app/[name]-[hash].js',
          assetFileNames: 'app/[name]-[hash][extname]',
        },
      },
    },
  });
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2023',
      lib: { entry: 'src/pages/webPage/offline.ts', formats: ['es'], fileName: () => 'offline.js' },
    },
  });
}

/** The texts that the packages inside ask to be passed on. */
const licencesOf = (root: string): string =>
  [join(root, 'LICENSE'), join(root, 'node_modules/@wllama/wllama/LICENCE')]
    .map((path) => readFileSync(path, 'utf8').trim())
    .join('\n\n\n') + '\n';

async function packed(folder: string): Promise<Uint8Array> {
  configure({ useWebWorkers: false });
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    lastModDate: MODIFIED,
    extendedTimestamp: false,
    level: 9,
    useCompressionStream: false, // the platform's own compressor may change with its version
  });
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
  for (const path of paths)
    await zip.add(
      path.split(sep).join('/').replace('webpage.html', 'index.html'),
      new Uint8ArrayReader(readFileSync(join(folder, path))),
    );
  return zip.close();
}

async function webPageZip(root: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-web-page-'));
  try {
    await buildInto(root, folder);
    writeFileSync(join(folder, '_headers'), headersFile());
    writeFileSync(join(folder, 'licences.txt'), licencesOf(root));
    return await packed(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Written into each build; made on request while one develops. */
export function savedPage(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'atelier:web-page',
    configResolved: (config) => {
      ({ root } = config);
      ({ outDir } = config.build);
    },
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${WEB_PAGE_FILE}`, (_, response, next) => {
        webPageZip(root).then((bytes) => response.end(bytes), next);
      });
    },
    closeBundle: async function () {
      if (this.environment.config.command !== 'build') return;
      writeFileSync(join(outDir, WEB_PAGE_FILE), await webPageZip(root));
    },
  };
}
