import { posix } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { lineOf, parse, PARSING, readSources, visit } from './sources';

// The arrows of src/README.md. A room may import the rooms and the packages written behind it, and nothing else.

interface Room {
  rooms: string[];
  packages: string[];
}
const ROOMS: Record<string, Room> = {
  'src/base': { rooms: [], packages: [] },
  'src/formats': {
    rooms: ['src/base'],
    packages: [
      ...[
        '@zip.js/zip.js',
        'valibot',
        '@noble/hashes',
        'papaparse',
        'chardet',
        'htmlparser2',
        'mammoth',
        'pdfjs-dist/',
      ],
      ...['hyparquet', 'hyparquet-compressors', 'hyparquet-writer', 'read-excel-file/', 'postal-mime', 'yaml'],
    ],
  },
  'src/data': {
    rooms: ['src/base'],
    packages: [
      '@cfworker/json-schema',
      '@noble/hashes',
      'valibot',
      '@huggingface/tokenizers',
      '@huggingface/jinja',
      'franc-min',
      'stopword',
      'wink-lemmatizer',
    ],
  },
  'src/engine': { rooms: ['src/base'], packages: ['@tensorflow/'] },
  'src/storage': { rooms: ['src/base'], packages: ['idb', '@noble/hashes', 'valibot'] },
  'src/studio': {
    rooms: ['src/base', 'src/formats', 'src/data', 'src/engine', 'src/storage'],
    packages: ['@noble/hashes', 'valibot'],
  },
  'src/app': {
    rooms: ['src/base', 'workers'],
    packages: ['svelte', 'bits-ui', 'uplot', 'comlink', 'vite/client', 'diff'],
  },
  'src/pages/hub': { rooms: ['src/base', 'workers'], packages: ['@huggingface/hub'] },
  'src/pages/verify': { rooms: ['src/base', 'workers'], packages: ['@wllama/wllama/esm/'] },
  'src/pages/webPage': { rooms: ['src/base'], packages: ['@wllama/wllama/esm/'] },
  'src/build/starterModel': { rooms: ['src/base', 'src/data', 'src/engine', 'src/formats'], packages: ['node:'] },
  'src/build': {
    rooms: ['src/base'],
    packages: [
      ...['node:', 'vite', '@inlang/paraglide-js', '@zip.js/zip.js'],
      ...['yaml', 'kubernetes-models', 'selfsigned', 'uqr'],
    ],
  },
  workers: {
    rooms: ['src/base', 'src/formats', 'src/data', 'src/engine', 'src/storage', 'src/studio'],
    // the CPU's kernels by their address, which only a bundler can give
    packages: ['comlink', '@tensorflow/tfjs-backend-wasm/dist/'],
  },
};

/**
 * The sub-rooms of a room, and which of the others each may import. A file that lies in the room itself, as
 * `engine/gpuEngine.ts`, is named like one. There is no circle among them.
 */
const SUB_ROOMS: Record<string, Record<string, string[]>> = {
  'src/base': {
    numbers: [],
    errors: [],
    conversation: [],
    thoughts: ['conversation'],
    callFormat: [],
    readCalls: ['callFormat', 'conversation'],
    answerMessage: ['answerParts', 'callFormat', 'conversation'],
    answerParts: ['callFormat', 'conversation', 'readCalls'],
    chat: ['callFormat'],
    modelShape: ['numbers'],
    lora: ['modelShape'],
    tokenizerModel: [],
    batch: [],
    settings: ['modelShape', 'lora'],
    records: ['numbers', 'modelShape', 'lora', 'settings', 'chat', 'tokenizerModel', 'callFormat', 'conversation'],
    wire: ['errors', 'records', 'settings', 'chat', 'conversation', 'modelShape', 'tokenizerModel'],
  },
  'src/formats': {
    jsonFault: [],
    json: ['jsonFault'],
    floats: [],
    yaml: [],
    zip: [],
    fields: ['json'],
    shapes: ['json'],
    talks: ['json'],
    text: ['json', 'jsonFault', 'shapes', 'talks', 'zip'],
    labels: ['json', 'text'],
    huggingFace: ['fields', 'floats', 'json', 'jsonFault', 'yaml'],
    adapters: ['huggingFace', 'fields', 'floats', 'json'],
    gguf: ['huggingFace', 'adapters', 'fields', 'floats', 'json'],
    guides: [],
    harness: ['yaml'],
    promptfoo: ['json', 'yaml'],
    useLogs: ['json'],
    trainers: ['yaml'],
    history: [],
  },
  'src/data': {
    yielding: [],
    tokens: ['yielding'],
    chat: ['tokens'],
    batches: [],
    'clean/near': ['yielding', 'batches'],
    'clean/personal': [],
    'clean/secret': ['clean/personal'],
    checks: ['tokens', 'batches', 'clean/near', 'clean/personal', 'clean/secret'],
    clean: ['clean/near', 'clean/personal', 'clean/secret', 'batches', 'checks', 'yielding'],
    labels: ['clean'],
    table: ['clean'],
    metrics: [],
    expectations: ['metrics'],
    drift: [],
  },
  'src/engine': {
    device: [],
    'ops/reduce': ['device'],
    'ops/matrix': ['device'],
    'ops/rows': ['device'],
    'ops/pointwise': ['device', 'ops/reduce'],
    'ops/matmul': ['device', 'ops/reduce', 'ops/matrix', 'ops/rows'],
    'ops/rope': ['device', 'ops/reduce'],
    'ops/norm': ['device', 'ops/reduce', 'ops/pointwise'],
    'ops/gather': ['device', 'ops/reduce', 'ops/matrix', 'ops/rows', 'ops/matmul'],
    'ops/attention': ['device', 'ops/reduce', 'ops/matmul'],
    'ops/update': ['device', 'ops/pointwise'],
    'ops/loss': ['device', 'ops/reduce', 'ops/matrix', 'ops/rows', 'ops/matmul'],
    autodiff: ['device', 'ops/matrix', 'ops/pointwise'],
    models: [
      'device',
      'autodiff',
      ...['ops/matrix', 'ops/rows', 'ops/pointwise', 'ops/matmul', 'ops/rope'],
      ...['ops/norm', 'ops/gather', 'ops/attention'],
    ],
    generation: ['device', 'models', 'ops/rows', 'ops/attention'],
    training: [
      'device',
      'autodiff',
      'models',
      ...['ops/matrix', 'ops/pointwise', 'ops/gather', 'ops/update', 'ops/loss'],
    ],
    tuneKernels: ['device', 'autodiff', 'generation', 'ops/matmul', 'ops/attention'],
    gpuEngine: ['device', 'ops/matmul'],
    cpuEngine: ['device', 'gpuEngine'],
  },
  'src/studio': {
    occupancy: [],
    models: [],
    data: ['models'],
    chat: ['models'],
    score: ['models', 'data', 'chat', 'occupancy'],
    evaluate: ['models', 'data', 'chat', 'score', 'export', 'occupancy'],
    train: ['models', 'data', 'chat', 'occupancy'],
    export: ['models', 'data', 'chat'],
    judge: ['data', 'evaluate'],
    checks: [],
    verify: ['models', 'data', 'export', 'occupancy'],
    device: ['chat', 'train', 'occupancy'],
    runs: ['train', 'device', 'occupancy'],
    runQueue: [],
    runAnswers: ['models', 'chat', 'runs', 'occupancy'],
    computeStudio: [
      ...['models', 'chat', 'score', 'evaluate', 'train', 'verify', 'occupancy', 'device', 'runs', 'runAnswers'],
      'runQueue',
    ],
  },
  'src/app': {
    browser: [],
    workerRemote: [],
    remote: ['workerRemote'],
    words: ['browser'],
    ui: ['browser', 'words'],
    state: ['browser', 'words', 'ui'],
    frames: ['state'],
    world: ['browser', 'remote', 'frames', 'state'],
    report: ['browser', 'words', 'ui', 'state'],
    parts: ['words', 'ui', 'world', 'report'],
    'panels/Chat': ['words', 'ui', 'state', 'world', 'parts'],
    'panels/Data': ['browser', 'words', 'ui', 'state', 'world', 'parts', 'remote'],
    'panels/Evaluate': ['browser', 'words', 'ui', 'state', 'world', 'parts', 'report'],
    'panels/Export': ['browser', 'words', 'ui', 'state', 'world', 'parts'],
    'panels/Home': ['words', 'ui', 'state', 'world', 'parts'],
    'panels/Machine': ['words', 'ui', 'world', 'parts'],
    'panels/Model': ['words', 'ui', 'state', 'world', 'parts', 'remote'],
    'panels/Privacy': ['browser', 'words', 'ui', 'state', 'world', 'parts'],
    'panels/Runs': ['browser', 'words', 'ui', 'state', 'world', 'parts'],
    'panels/Train': ['browser', 'words', 'ui', 'state', 'world', 'parts'],
    frame: ['browser', 'words', 'ui', 'state', 'world', 'parts'],
    App: ['browser', 'words', 'ui', 'world', 'frame'],
    main: ['words', 'frame', 'App'],
  },
};
const WIRE = 'workers/wire';
/** The file of the page that starts workers, and so the one that may name their files. */
const REMOTE = 'src/app/remote.ts';
/** Starts a worker of its own, which runs what a model brought and is thrown away. */
const TRIALS = 'workers/data.worker.ts';

const roomOf = (path: string): string | undefined =>
  Object.keys(ROOMS).find((room) => path === room || path.startsWith(`${room}/`));

/**
 * Something that a file takes from elsewhere: an import, a re-export, `import()`, `new URL(…)`, `import.meta.glob(…)`.
 */
interface Taken {
  target: string;
  line: number;
  typesOnly: boolean;
  isImport: boolean;
}

const isTypesOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return !clause.name && !!named && ts.isNamedImports(named) && named.elements.every((e) => e.isTypeOnly);
};

/** What is called in a way that loads a file: `import(…)`, `require(…)`, `import.meta.glob(…)`, `new URL(…)`. */
function loadsFile(node: ts.CallExpression | ts.NewExpression): boolean {
  if (ts.isNewExpression(node))
    return node.expression.getText() === 'URL' && node.arguments?.[1]?.getText() === 'import.meta.url';
  return (
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    /^(require|import\.meta\.glob)$/.test(node.expression.getText())
  );
}

function takenBy(node: ts.Node): Taken[] {
  const line = lineOf(node);
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier)
    return [
      { target: (node.moduleSpecifier as ts.StringLiteral).text, line, typesOnly: isTypesOnly(node), isImport: true },
    ];
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal))
    return [{ target: node.argument.literal.text, line, typesOnly: true, isImport: true }];
  if (!(ts.isCallExpression(node) || ts.isNewExpression(node)) || !loadsFile(node)) return [];
  const [first] = node.arguments ?? [];
  const targets = first && ts.isArrayLiteralExpression(first) ? [...first.elements] : first ? [first] : [];
  return targets.map((target) => ({
    target: ts.isStringLiteralLike(target) ? target.text : `computed: ${target.getText()}`,
    line,
    typesOnly: false,
    isImport: !ts.isNewExpression(node),
  }));
}

/** The sub-room of a file in a room that has some, by the longest name that fits. */
function subRoomOf(room: string, path: string): string | undefined {
  const inside = path.slice(room.length + 1).replace(/(\.svelte)?\.ts$|\.svelte$/, '');
  const fits = (name: string): boolean => inside === name || inside.startsWith(`${name}/`);
  return Object.keys(SUB_ROOMS[room]!)
    .filter(fits)
    .sort((a, b) => b.length - a.length)[0];
}

/** Why a file may not take another one of its own room, or undefined. */
function objectionInside(room: string, path: string, file: string): string | undefined {
  const subRooms = SUB_ROOMS[room];
  // `import.meta.glob`, styles and what the build makes are no arrows.
  if (!subRooms || file.includes('*') || file.includes('/generated/') || file.endsWith('.css')) return undefined;
  const [from, to] = [subRoomOf(room, path), subRoomOf(room, file)];
  if (from === undefined) return `${path} is in no sub-room of ${room}`;
  if (to === undefined) return `${file} is in no sub-room of ${room}`;
  return from === to || subRooms[from]!.includes(to) ? undefined : `${room}/${from} may not import ${to}`;
}

/** A way from a name back to itself, or nothing. */
function circleIn(arrows: Record<string, string[]>): string[] {
  const done = new Set<string>();
  const from = (name: string, way: string[]): string[] => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return [];
    for (const next of arrows[name] ?? []) {
      const circle = from(next, [...way, name]);
      if (circle.length > 0) return circle;
    }
    done.add(name);
    return [];
  };
  return Object.keys(arrows).reduce<string[]>((found, name) => (found.length > 0 ? found : from(name, [])), []);
}

/** Why `path` may not take this, or undefined. */
function objection(path: string, taken: Taken): string | undefined {
  const room = roomOf(path);
  if (!room) return 'this file is in no room';
  // Build scripts name files of the whole project, which no page ever loads.
  if (room === 'src/build' && !taken.isImport) return undefined;
  const target = taken.target.replace(/\?.*$/, '');
  if (target.startsWith('computed: ')) return 'only a plain string shows where an arrow goes';
  if (!target.startsWith('.')) {
    const known = ROOMS[room]!.packages.some((p) => target === p || target.startsWith(/[:/]$/.test(p) ? p : `${p}/`));
    return known ? undefined : `${room} may not use this package`;
  }
  const file = posix.join(posix.dirname(path), target);
  const to = roomOf(file);
  if (!to) return 'leads out of the rooms';
  if (to === room) return objectionInside(room, path, file);
  if (!ROOMS[room]!.rooms.includes(to)) return `${room} may not import ${to}`;
  if (['src/app', 'src/pages/hub', 'src/pages/verify'].includes(room) && to === 'workers')
    return pageObjection(path, file, taken.typesOnly);
  if (room === 'workers' && !/\.worker\.ts$/.test(path) && to !== 'src/base' && to !== 'workers')
    return 'only *.worker.ts may see what is behind the wall';
  return undefined;
}

/** The wall: the page knows the workers' interfaces as types, the wire's handlers, and nothing behind them. */
function pageObjection(path: string, file: string, typesOnly: boolean): string | undefined {
  if (/\.worker(\.ts)?$/.test(file)) return path === REMOTE ? undefined : `only ${REMOTE} may name a worker's file`;
  if (file.replace(/\.ts$/, '') === WIRE) return undefined;
  if (!/\.api(\.ts)?$/.test(file)) return 'the page may see only *.api.ts and wire.ts';
  return typesOnly ? undefined : 'the page may import only types from *.api.ts';
}

const STARTS_WORKER = /^(?:(?:window|self|globalThis)\.)?(?:Shared)?Worker$/;

/** The files that a file imports, types too, by their paths from the root. */
function importsOf(path: string, text: string): string[] {
  const found: string[] = [];
  visit(parse(path, text), (node) => {
    for (const { target, isImport } of takenBy(node)) {
      const file = posix.join(posix.dirname(path), target);
      if (isImport && target.startsWith('.')) found.push(file, `${file}.ts`, `${file}.svelte.ts`);
    }
  });
  return found;
}

/** Everything in these files that crosses a wall, as `path:line what: why`. */
function violations(sources: Map<string, string>): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    if (path.endsWith('.svelte') && /\bimport\s*\(/.test(text.replace(/<script[\s\S]*?<\/script>/g, '')))
      found.push(`${path} import() in markup: put it into the script`);
    visit(parse(path, text), (node) => {
      for (const taken of takenBy(node)) {
        const why = objection(path, taken);
        if (why) found.push(`${path}:${taken.line} ${taken.target}: ${why}`);
      }
      if (ts.isNewExpression(node) && STARTS_WORKER.test(node.expression.getText()) && ![REMOTE, TRIALS].includes(path))
        found.push(`${path}:${lineOf(node)} new Worker: only in ${REMOTE} and ${TRIALS}`);
    });
  }
  return found;
}

const one = (path: string, text: string): string[] => violations(new Map([[path, text]]));

describe('the arrows between the rooms', () => {
  const sources = readSources(['src', 'workers']);

  test('no file imports what its room may not know', PARSING, () => {
    expect(sources.size).toBeGreaterThan(50);
    expect(violations(sources)).toEqual([]);
  });
});

describe('the arrows between the sub-rooms', () => {
  const sources = readSources(['src', 'workers']);

  test.each(Object.entries(SUB_ROOMS))('%s has no circle, and no name without a file', (room, subRooms) => {
    expect(circleIn(subRooms)).toEqual([]);
    const used = new Set([...sources.keys()].filter((path) => roomOf(path) === room).map((p) => subRoomOf(room, p)));
    expect(Object.keys(subRooms).filter((name) => !used.has(name))).toEqual([]);
  });

  test('no two files import each other, by whatever way', () => {
    const arrows = Object.fromEntries(
      [...sources].map(([path, text]) => [path, importsOf(path, text).filter((file) => sources.has(file))]),
    );
    expect(circleIn(arrows)).toEqual([]);
  });
});

describe('the check itself sees', () => {
  test.each([
    ['a stranger', 'src/engine/training/step.ts', "import { open } from '../../storage/db';"],
    ['a stranger, as a type', 'src/data/split.ts', "import type { Db } from '../storage/db';"],
    ['a type written inline', 'src/data/split.ts', "type Db = import('../storage/db').Db;"],
    ['a re-export', 'src/formats/zip.ts', "export * from '../data/rows';"],
    ['import()', 'src/base/rng.ts', "const m = await import('../engine/device');"],
    ['import() of a computed name', 'src/studio/x.ts', 'const m = await import(name);'],
    ['new URL', 'src/app/state/x.ts', "new URL('../../../workers/gpu.worker.ts', import.meta.url);"],
    ['import.meta.glob', 'src/app/x.ts', "import.meta.glob(['../engine/*.ts']);"],
    ['a worker named outside remote.ts', 'src/app/x.ts', "import url from '../../workers/gpu.worker.ts?worker&url';"],
    ['a worker started outside remote.ts', 'src/app/x.ts', 'new Worker(url);'],
    ['a worker started in Svelte', 'src/app/X.svelte', '<script>\nnew globalThis.Worker(url);\n</script>'],
    ['a shared worker', 'src/studio/x.ts', 'new SharedWorker(url);'],
    ['a value from an api', 'src/app/x.ts', "import { start } from '../../workers/gpu.api';"],
    ['the worker room behind the api', 'src/app/x.ts', "import type { T } from '../../workers/parts';"],
    ['the page calling the studio', 'src/app/X.svelte', "<script>import { train } from '../studio/train';</script>"],
    ['a sub-room above', 'src/engine/device/x.ts', "import { x } from '../models/causal';"],
    ['another panel', 'src/app/panels/Chat/x.ts', "import { x } from '../Data/facts';"],
    [
      'a file beside the sub-rooms that the table does not name',
      'src/engine/x.ts',
      "import { x } from './device/arena';",
    ],
    ['an import in markup', 'src/app/X.svelte', "{#await import('../engine/device')}{/await}"],
    ['an api that knows the studio', 'workers/gpu.api.ts', "import type { Run } from '../src/studio/train';"],
    ['a package of another room', 'src/formats/x.ts', "import * as tf from '@tensorflow/tfjs-core';"],
    ['a package with a name that only starts alike', 'src/storage/x.ts', "import 'idb-keyval';"],
    ['Node in a room of the browser', 'src/data/x.ts', "import { readFileSync } from 'node:fs';"],
    ['an alias', 'src/engine/x.ts', "import { open } from '@/storage/db';"],
    ['a way out', 'src/base/x.ts', "import { x } from '../../tests/gpu';"],
    ['a file outside the rooms', 'src/helpers/x.ts', "import '../base/rng';"],
  ])('%s', (_what, path, text) => {
    expect(one(path, text)).toHaveLength(1);
  });

  test.each([
    ['base from anywhere', 'src/engine/device/x.ts', "import { stream } from '../../base/numbers/rng';"],
    ['a type of an api', 'src/app/state/x.ts', "import type { GpuApi } from '../../../workers/gpu.api';"],
    ['types written one by one', 'src/app/x.ts', "import { type GpuApi } from '../../workers/gpu.api';"],
    ['the wire', 'src/app/remote.ts', "import '../../workers/wire';"],
    ['the one door', 'src/app/remote.ts', "import url from '../../workers/gpu.worker.ts?worker&url'; new Worker(url);"],
    ['the trials of a model', 'workers/data.worker.ts', 'new Worker(url);'],
    ['a worker that builds the parts', 'workers/gpu.worker.ts', "import { openEngine } from '../src/engine/device';"],
    ['a sub-room below', 'src/engine/models/x.ts', "import { x } from '../device/arena';"],
    ['a package of its own', 'src/app/X.svelte', "<script>import { Dialog } from 'bits-ui';</script>"],
    ['words about imports', 'src/base/x.ts', "// import { x } from '../engine/step';\nconst s = 'import(1)';"],
  ])('nothing wrong in %s', (_what, path, text) => {
    expect(one(path, text)).toEqual([]);
  });
});
