// Lists the folders of `public/models` for the page, in development and in the build.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import type { OwnModel } from '../base/wire/hub.ts';

/** The models in a folder of folders: each that holds a config.json, with its files. */
export function modelsIn(folder: string): OwnModel[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'config.json')))
    .map(({ name }) => ({ name, files: filesIn(join(folder, name)) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const filesIn = (folder: string): OwnModel['files'] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => ({ path: name, byteLength: statSync(join(folder, name)).size }));

/**
 * Lists what lies in `public/models` as `models/index.json`: a web server shows no folder, and a page cannot look into
 * one.
 */
export function ownModels(): Plugin {
  let outDir: string | undefined;
  return {
    name: 'atelier:own-models',
    configResolved: (config) => {
      if (config.command === 'build') outDir = config.build.outDir;
    },
    configureServer: (server) => {
      server.middlewares.use('/models/index.json', (_request, response) => {
        response.setHeader('Content-Type', 'application/json');
        response.end(JSON.stringify(modelsIn(join(server.config.publicDir, 'models'))));
      });
    },
    closeBundle: () => {
      if (!outDir) return;
      const folder = join(outDir, 'models');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'index.json'), JSON.stringify(modelsIn(folder)));
    },
  };
}
