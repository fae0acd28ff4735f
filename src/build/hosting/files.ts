// All files for those who host the studio, as text by their paths: what `npm run hosting` writes and a test compares.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT } from '../pages.ts';
import { caddyfile } from './caddy.ts';
import { composeFile, CONTAINER, dockerfile, dockerignore } from './container.ts';
import { kubernetesFiles } from './kubernetes.ts';
import { nginxConf } from './nginx.ts';
import { headersFile } from './staticHost.ts';

/** Where they lie, from the top of the repository. */
export const HOSTING = 'docs/hosting';

/** What the build has at its top: what Vite and the plugins write, and the entries of `public`. */
export function builtEntries(publicDir: string): string[] {
  const own = readdirSync(publicDir, { withFileTypes: true }).map((e) => (e.isDirectory() ? `${e.name}/` : e.name));
  return [...BUILT, ...own];
}

/** @param root the top of the repository */
export function hostingFiles(root: string): Record<string, string> {
  const { port, root: served, more, modelList } = CONTAINER;
  const kubernetes = Object.entries(kubernetesFiles()).map(([name, text]) => [`kubernetes/${name}`, text]);
  return {
    Dockerfile: dockerfile(HOSTING),
    'Dockerfile.dockerignore': dockerignore,
    'compose.yaml': composeFile(HOSTING),
    'nginx.conf': nginxConf({ root: served, port, temporary: '/tmp', more: { root: more, list: modelList } }),
    Caddyfile: caddyfile('studio.example.org', '/srv/atelier'),
    _headers: headersFile(builtEntries(join(root, 'public'))),
    ...(Object.fromEntries(kubernetes) as Record<string, string>),
  };
}
