import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dockerignore } from '../../../src/build/hosting/container.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What a container's build sees of the repository: all is left out but what a line brings back. */
const brought = dockerignore.split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
const isThere = (path: string): boolean =>
  brought.some((line) =>
    line.startsWith('*')
      ? !path.includes('/') && path.endsWith(line.slice(1))
      : path === line || path.startsWith(`${line}/`) || path === line.replace('*.json', '.json'),
  );

test('the context of the image holds every file that the build reads', () => {
  const read = new Set<string>();
  const scripts = readdirSync(join(ROOT, 'src/build'), { recursive: true, encoding: 'utf8' });
  for (const file of scripts.filter((name) => /\.m?[tj]s$/.test(name))) {
    const text = readFileSync(join(ROOT, 'src/build', file), 'utf8');
    for (const [, path] of text.matchAll(/join\(root, '([^']+)'/g)) read.add(path!);
  }
  for (const [, path] of readFileSync(join(ROOT, 'vite.config.ts'), 'utf8').matchAll(/from '\.\/([^']+)'/g))
    read.add(path!);
  const made = ['node_modules', 'dist'];
  const files = [...read].filter((path) => !made.includes(path.split('/')[0]!)).sort();
  expect(files).toContain('LICENSE');
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((path) => !isThere(path))).toEqual([]);
});
