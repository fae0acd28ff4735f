// Names of test files are promises: `.gpu.test.ts` opens WebGPU, `.test.ts` does not, and the path is that of the file
// under test. What a lane is made of and how long its tests may take is in vite.config.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSources, ROOT } from './sources';

/** The one file that loads the package `webgpu`. */
const DOOR = 'tests/dawn.ts';
/** Tests that are about no single file: those of whole folders, and here, of the whole project. */
const OF_ALL = /^tests\/((e2e|torture|bench|parity)\/|[^/]+$)/;

type Sources = ReadonlyMap<string, string>;

const LOADS_WEBGPU = /(?:\bfrom|\bimport|\brequire|\))\s*\(?\s*['"]webgpu['"]/;

const ENDINGS = ['', '.ts', '.mjs', '.svelte.ts', '/index.ts'];

/** By its form: a thousand files are scanned in a fraction of the time that a parser takes. */
const RELATIVE_IMPORT = /^(?:import|export|\})[^'"\n]*['"](\.[^'"\n]*)['"]|\bimport\(\s*['"](\.[^'"\n]*)['"]/gm;

const imported = new WeakMap<Sources, Map<string, string[]>>();

/** The files of ours that this one imports, also as types; each file is read for them once. */
function importsOf(path: string, sources: Sources): string[] {
  const known = imported.get(sources) ?? new Map<string, string[]>();
  imported.set(sources, known);
  const found = known.get(path) ?? readImports(path, sources);
  known.set(path, found);
  return found;
}

function readImports(path: string, sources: Sources): string[] {
  const names = [...sources.get(path)!.matchAll(RELATIVE_IMPORT)].map(([, fixed, asked]) => (fixed ?? asked)!);
  return names.flatMap((name) => {
    const target = posix.join(posix.dirname(path), name);
    const found = ENDINGS.map((ending) => target + ending).find((file) => sources.has(file));
    return found === undefined ? [] : [found];
  });
}

/** Everything that is loaded with this file, itself too. */
function loadedWith(path: string, sources: Sources): Set<string> {
  const loaded = new Set([path]);
  for (const file of loaded) for (const next of importsOf(file, sources)) loaded.add(next);
  return loaded;
}

const isTest = (path: string): boolean => path.endsWith('.test.ts');
const inBrowser = (path: string): boolean => /^tests\/(e2e|torture)\//.test(path);

/** Test files whose suffix says something else than what they load. */
function wrongLanes(sources: Sources): string[] {
  const wrong: string[] = [];
  for (const path of [...sources.keys()].filter((path) => isTest(path) && !inBrowser(path))) {
    const opens = loadedWith(path, sources).has(DOOR);
    if (opens && !path.endsWith('.gpu.test.ts')) wrong.push(`${path} loads ${DOOR}: call it .gpu.test.ts`);
    if (!opens && path.endsWith('.gpu.test.ts')) wrong.push(`${path} opens no WebGPU: call it .test.ts`);
  }
  return wrong;
}

/** The file that a test is about, without its ending. */
const subjectOf = (path: string): string =>
  path
    .replace(/(\.gpu)?\.test\.ts$/, '')
    .replace(/^tests\/(?!workers\/)/, 'src/')
    .replace(/^tests\//, '');

/** Test files that mirror no file of `src` or `workers`, and do not say in a comment on line 1 what they hold. */
function strays(sources: Sources): string[] {
  const lost = [...sources.keys()].filter((path) => {
    if (!isTest(path) || OF_ALL.test(path) || /^\/[/*]/.test(sources.get(path)!)) return false;
    return !ENDINGS.some((ending) => sources.has(subjectOf(path) + ending));
  });
  return lost.map((path) => `${path} mirrors no file: move it beside its subject, or say on line 1 what it holds`);
}

/** Paths of tests in a text that lead nowhere. */
const deadPaths = (text: string, sources: Sources): string[] =>
  [...text.matchAll(/\btests\/[\w./-]+\.(?:ts|mjs)\b/g)].map(([path]) => path).filter((path) => !sources.has(path));

/** What people read about the project, by path. */
function documents(): Map<string, string> {
  const paths = ['', 'docs', 'src'].flatMap((folder) =>
    readdirSync(join(ROOT, folder)).map((name) => join(folder, name)),
  );
  return new Map(
    paths.filter((path) => path.endsWith('.md')).map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]),
  );
}

describe('the names of test files', () => {
  const sources = readSources(['tests', 'src', 'workers']);
  sources.delete('tests/lanes.test.ts'); // it shows what it refuses
  const tests = [...sources.keys()].filter(isTest);

  test('those and only those that open WebGPU are called .gpu.test.ts', () => {
    expect(tests.length).toBeGreaterThan(100);
    expect(wrongLanes(sources)).toEqual([]);
  });

  test(`only ${DOOR} loads the package`, () => {
    const loading = [...sources].filter(([, text]) => LOADS_WEBGPU.test(text));
    expect(loading.map(([path]) => path)).toEqual([DOOR]);
  });

  test('each mirrors the path of the file that it is about, or opens with a comment on what it holds', () => {
    expect(strays(sources)).toEqual([]);
  });
});

test('every test that a document names exists', () => {
  const sources = readSources(['tests']);
  const dead = [...documents()].flatMap(([path, text]) => deadPaths(text, sources).map((found) => `${path}: ${found}`));
  expect(documents().size).toBeGreaterThan(3);
  expect(dead).toEqual([]);
});

describe('the check itself sees', () => {
  const gpu = { 'tests/dawn.ts': "createRequire(import.meta.url)('webgpu')", 'tests/gpu.ts': "import './dawn';" };
  const among = (files: Record<string, string>): Sources => new Map(Object.entries({ ...gpu, ...files }));

  test.each([
    ['the door itself', { 'tests/a/x.test.ts': "import { dawn } from '../dawn';" }],
    ['a file between', { 'tests/a/x.test.ts': "import '../between'", 'tests/between.ts': "export * from './gpu';" }],
    ['import()', { 'tests/x.test.ts': "const { dawn } = await import('./dawn');" }],
    ['a GPU test without a GPU', { 'tests/x.gpu.test.ts': "import './sources';", 'tests/sources.ts': '' }],
  ])('%s', (_what, files) => expect(wrongLanes(among(files))).toHaveLength(1));

  test.each([
    ['a GPU test', { 'tests/x.gpu.test.ts': "import { testEngine } from './gpu';" }],
    ['a circle', { 'tests/x.test.ts': "import './y';", 'tests/y.ts': "import './x.test';" }],
    ['the browser’s own', { 'tests/e2e/x.test.ts': "import '../dawn';" }],
  ])('nothing wrong in %s', (_what, files) => expect(wrongLanes(among(files))).toEqual([]));

  test.each(["from 'webgpu'", "import('webgpu')", 'require("webgpu")', "createRequire(import.meta.url)('webgpu')"])(
    'the package in %s',
    (text) => expect(text).toMatch(LOADS_WEBGPU),
  );
  test.each(["setBackend('webgpu')", "name: 'webgpu'"])('no package in %s', (text) =>
    expect(text).not.toMatch(LOADS_WEBGPU),
  );

  test('a path that leads nowhere', () => {
    expect(deadPaths('see `tests/gpu.ts`, [x](../tests/x.test.ts) and tests/bench/', among({}))).toEqual([
      'tests/x.test.ts',
    ]);
  });

  test('a test of nothing that lies there', () => {
    const files = {
      ...{
        'tests/a/x.test.ts': 'test(',
        'tests/a/y.gpu.test.ts': '',
        'src/a/y.ts': '',
        'tests/a/z.test.ts': '// Of all.',
      },
      ...{ 'tests/workers/w.test.ts': '', 'workers/w.ts': '', 'tests/app/s.test.ts': '', 'src/app/s.svelte.ts': '' },
    };
    expect(strays(among(files))).toEqual([expect.stringContaining('tests/a/x.test.ts ')]);
  });
});
