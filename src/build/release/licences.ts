// Writes licences.txt into each build: the licence of every package that its scripts may hold.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface LockedPackage {
  version?: string;
  license?: string;
  dependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, LockedPackage>;
}

/** Where the lockfile has a package that another one asks for: beside it, or in a folder above. */
function placeOf({ packages }: Lock, from: string, name: string): string {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (at === '') throw new Error(`${name}, which ${from} needs, is not in the lockfile`);
  }
}

/** The folders of all packages that the studio needs when it runs; tools and optional packages are none. */
export function packagesOf(lock: Lock): string[] {
  const found = new Set<string>();
  const add = (from: string): void => {
    for (const name of Object.keys(lock.packages[from]!.dependencies ?? {})) {
      const place = placeOf(lock, from, name);
      if (found.has(place)) continue;
      found.add(place);
      add(place);
    }
  };
  add('');
  return [...found].sort();
}

const isLicence = (name: string): boolean => /^(licen[cs]e|copying|notice)/i.test(name);

/** A package's name, version and licence, with the texts that came with it. */
function entryOf(root: string, place: string, { version, license }: LockedPackage): string {
  const folder = join(root, place);
  const texts = existsSync(folder) ? readdirSync(folder).filter(isLicence).sort() : [];
  const head = `${place.slice(place.lastIndexOf('node_modules/') + 13)} ${version ?? ''}, ${license ?? 'licence in its files'}`;
  return [head, '='.repeat(head.length), ...texts.map((name) => readFileSync(join(folder, name), 'utf8').trim())].join(
    '\n',
  );
}

/** @param root the top of the repository */
export function licencesIn(root: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const own = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  const others = packagesOf(lock).map((place) => entryOf(root, place, lock.packages[place]!));
  return `${[`Atelier\n=======\n${own}`, ...others].join('\n\n\n')}\n`;
}

export function licences(): Plugin {
  let root = '';
  let outDir = '';
  return {
    name: 'atelier:licences',
    apply: 'build',
    configResolved: (config) => {
      ({ root } = config);
      ({ outDir } = config.build);
    },
    closeBundle: () => writeFileSync(join(outDir, 'licences.txt'), licencesIn(root)),
  };
}
