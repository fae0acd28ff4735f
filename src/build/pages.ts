// Builds models.html and verify.html apart from the studio's page.
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { WEB_PAGE_FILE } from './webPage.ts';

/**
 * Pages beside the studio's own, each built by itself: under another policy, they can share no script with it. A page's
 * scripts lie in a folder of its own, by which the header table knows them.
 */
const PAGES = [
  { page: 'models.html', folder: 'hub' },
  { page: 'verify.html', folder: 'verify' },
] as const;

/** What Vite and the plugins of this folder write at the top of the build, beside what `public` has. */
export const BUILT = [
  ...['index.html', 'assets/', 'build.json', 'licences.txt', WEB_PAGE_FILE],
  ...PAGES.flatMap(({ page, folder }) => [page, `${folder}/`]),
];

/** The hub's client gives bundlers the part of it that is for Node; its part for browsers has no name of its own. */
export const HUB_CLIENT = {
  find: /^@huggingface\/hub$/,
  replacement: fileURLToPath(new URL('../../node_modules/@huggingface/hub/dist/browser/index.mjs', import.meta.url)),
};

/** Builds the other pages when the studio's is built. */
export function otherPages(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'atelier:other-pages',
    apply: 'build',
    configResolved: (config) => {
      ({ root } = config);
      ({ outDir } = config.build);
    },
    closeBundle: async () => {
      for (const { page, folder } of PAGES) await buildPage(root, outDir, page, folder);
    },
  };
}

async function buildPage(root: string, outDir: string, page: string, folder: string): Promise<void> {
  const names = `${folder}/[name]-[hash]`;
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    resolve: { alias: [HUB_CLIENT] },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        input: page,
        output: { entryFileNames: `${names}.js`, chunkFileNames: `${names}.js`, assetFileNames: `${names}[extname]` },
      },
    },
  });
}
