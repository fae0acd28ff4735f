import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { lineOf, parse, PARSING, readSources, ROOT, visit } from './sources';

// The house rules that a machine can see. What belongs to one line is eslint's; what crosses files is here.

/** tfjs' types do not know its internals; this file asserts them at start-up and is the only one that may pretend. */
const DOOR = 'src/engine/device/kernel.ts';
/** Rooms where a result must come out the same again: chance comes from named streams of base/rng. */
const SEEDED = /^src\/(base|data|engine|studio|storage|formats)\//;
const LONGEST_FILE = 450;

const isMath = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'Math';

/** `Math.random`, `Math['random']`, and every way of taking it out of Math (`const { random } = Math`, `f(Math)`). */
function usesChance(node: ts.Node): boolean {
  if (!isMath(node)) return false;
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node && parent.name.text === 'random';
  return true;
}

const isUnknownAs = (node: ts.Node): boolean =>
  ts.isAsExpression(node) &&
  ts.isAsExpression(node.expression) &&
  node.expression.type.kind === ts.SyntaxKind.UnknownKeyword;

/** What is against the manner in these files, as `path:line what`. */
function offences(sources: Map<string, string>): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    for (const [index, line] of text.split('\n').entries())
      if (/@ts-ignore|@ts-nocheck|@ts-expect-error|eslint-disable|\bTODO\b|\bFIXME\b/.test(line))
        found.push(`${path}:${index + 1} a note to a tool or to later`);
    visit(parse(path, text), (node) => {
      if (SEEDED.test(path) && usesChance(node)) found.push(`${path}:${lineOf(node)} chance without a seed`);
      if (path === DOOR) return;
      if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}:${lineOf(node)} any`);
      if (isUnknownAs(node)) found.push(`${path}:${lineOf(node)} as unknown as`);
    });
  }
  return found;
}

/** Whether a file begins by saying what it is: a comment of a sentence before the first line of code. */
function opensWithSentence(text: string): boolean {
  const [, opening = ''] = /^\s*(?:\/\*\*?|\/\/|<!--)\s*([\s\S]*)/.exec(text) ?? [];
  return /^(?:\*\s*)?[^\n]{20,}/.test(opening.trimStart());
}

const isComment = (line: string): boolean => /^\s*(\/\/|\/\*|\*|<!--)/.test(line);
const WIDTH = 120;

/** Comment lines wider than the formatter's columns, which it does not wrap; an address may be. */
const wideComments = (path: string, text: string): string[] =>
  text
    .split('\n')
    .flatMap((line, index) =>
      line.length > WIDTH && isComment(line) && !/https?:\/\/\S{60}/.test(line) ? [`${path}:${index + 1}`] : [],
    );

/** Whole-line comments as a share of the lines that are not blank. */
function commentShare(sources: Map<string, string>): number {
  const lines = [...sources.values()].flatMap((text) => text.split('\n').filter((line) => line.trim() !== ''));
  return lines.filter(isComment).length / lines.length;
}

/** Names that a file gives to others, with the room of the file. */
function exportsOf(path: string, text: string): string[] {
  return parse(path, text).statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const has = (kind: ts.SyntaxKind): boolean => modifiers.some((modifier) => modifier.kind === kind);
    if (!has(ts.SyntaxKind.ExportKeyword) || has(ts.SyntaxKind.DefaultKeyword)) return [];
    if (!ts.isVariableStatement(statement))
      return 'name' in statement && ts.isIdentifier(statement.name as ts.Node)
        ? [(statement.name as ts.Identifier).text]
        : [];
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  });
}

/** Exported names that two files define, as `name: files`: a reader who searches for one finds two things. */
function namedTwice(sources: Map<string, string>): string[] {
  const places = new Map<string, string[]>();
  for (const [path, text] of sources)
    for (const name of exportsOf(path, text)) places.set(name, [...(places.get(name) ?? []), path]);
  return [...places]
    .filter(([, paths]) => new Set(paths).size > 1)
    .map(([name, paths]) => `${name}: ${paths.join(', ')}`);
}

/** Paths in code marks of the map, from `src` or from the root: with a slash, and no placeholder. */
const pathsIn = (map: string): string[] =>
  [...map.matchAll(/`([\w.{},*/<>-]+)`/g)]
    .map(([, path]) => path!)
    .filter((path) => /\//.test(path) && !/[<>*{}]/.test(path));

const lengthOf = (text: string): number => text.trimEnd().split('\n').length;

/** Lines of every function that has a body, a nested one counted by itself too. */
function functionLengths(sources: Map<string, string>): number[] {
  const lengths: number[] = [];
  for (const [path, text] of sources)
    visit(parse(path, text), (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
      const file = node.getSourceFile();
      const line = (at: number): number => file.getLineAndCharacterOfPosition(at).line;
      lengths.push(line(node.end) - line(node.getStart(file)) + 1);
    });
  return lengths;
}

/** The smallest value that is not below this share of all. */
const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1]!;

const one = (path: string, text: string): string[] => offences(new Map([[path, text]]));

describe('the manner of the house', () => {
  const sources = readSources(['src', 'workers']);

  test('no any, no double cast, no unseeded chance, no note that silences a tool', PARSING, () => {
    expect(offences(sources)).toEqual([]);
  });

  test('no file is too long to read', () => {
    const lengths = [...sources].map(([path, text]) => [path, lengthOf(text)] as const);
    expect(lengths.filter(([, lines]) => lines > LONGEST_FILE)).toEqual([]);
    expect(
      quantile(
        lengths.map(([, lines]) => lines),
        0.9,
      ),
    ).toBeLessThanOrEqual(250);
  });

  test('functions are short', () => {
    const lengths = functionLengths(sources);
    expect(quantile(lengths, 0.5)).toBeLessThanOrEqual(6);
    expect(quantile(lengths, 0.9)).toBeLessThanOrEqual(20);
  });

  test('every file opens with a sentence on what it is', () => {
    const silent = [...sources].filter(([, text]) => !opensWithSentence(text)).map(([path]) => path);
    expect(silent).toEqual([]);
  });

  test('comments fit into the columns of the code, and say enough', () => {
    expect([...sources].flatMap(([path, text]) => wideComments(path, text))).toEqual([]);
    const ofTypeScript = new Map([...sources].filter(([path]) => path.endsWith('.ts')));
    expect(commentShare(ofTypeScript)).toBeGreaterThanOrEqual(0.15);
  });

  test('an exported name is defined once', () => {
    expect(namedTwice(sources)).toEqual([]);
  });

  test('every path that the map names is there', () => {
    const map = readFileSync(join(ROOT, 'src/README.md'), 'utf8');
    const paths = pathsIn(map);
    expect(paths.length).toBeGreaterThan(80);
    expect(paths.filter((path) => !['src', ''].some((from) => existsSync(join(ROOT, from, path))))).toEqual([]);
  });

  test('every package is pinned to one version', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, v]) => !/^\d+\.\d+\.\d+$/.test(v));
    expect(loose).toEqual([]);
  });
});

describe('the check itself sees', () => {
  test.each([
    ['Math.random', 'src/data/x.ts', 'const x = Math.random();'],
    ['Math[…]', 'src/engine/x.ts', "const x = Math['random']();"],
    ['random taken out of Math', 'src/base/x.ts', 'const { random } = Math;'],
    ['any', 'src/app/x.ts', 'let x: any;'],
    ['any in Svelte', 'src/app/X.svelte', '<p>any</p>\n<script lang="ts">let x: any[] = [];</script>'],
    ['a double cast', 'src/data/x.ts', 'const x = y as unknown as string;'],
    ['a silenced compiler', 'src/base/x.ts', '// @ts-ignore'],
  ])('%s', (_what, path, text) => {
    expect(one(path, text)).toHaveLength(1);
  });

  test.each([
    ['other members of Math', 'src/data/x.ts', 'const x = Math.max(1, 2);'],
    ['chance on the page, where nothing is kept of it', 'src/app/x.ts', 'const x = Math.random();'],
    ['words', 'src/base/x.ts', "// Math.random and any\nconst s = 'as unknown as any';"],
  ])('nothing wrong in %s', (_what, path, text) => {
    expect(one(path, text)).toEqual([]);
  });

  test('a file that says nothing at its top, and one that does', () => {
    expect(opensWithSentence("import { x } from './x';\n// What this file is about.")).toBe(false);
    expect(opensWithSentence('// What\nconst x = 1;')).toBe(false);
    expect(opensWithSentence('// What this file is about.\nconst x = 1;')).toBe(true);
    expect(opensWithSentence('/**\n * What this file is about.\n */')).toBe(true);
    expect(opensWithSentence('<!-- What this file is about. -->\n<script></script>')).toBe(true);
  });

  test('wide comments, and the share of comments', () => {
    expect(wideComments('x.ts', `// ${'a'.repeat(120)}\nconst x = '${'a'.repeat(120)}';`)).toEqual(['x.ts:1']);
    expect(commentShare(new Map([['x.ts', '// a\nconst x = 1;\n\n/** b */\nconst y = 2;']]))).toBe(0.5);
  });

  test('a name that two files define', () => {
    const twice = new Map([
      ['src/a/x.ts', 'export const f = 1;\nconst own = 1;'],
      ['src/b/x.ts', 'export function f() {}\nconst own = 2;'],
    ]);
    expect(namedTwice(twice)).toEqual(['f: src/a/x.ts, src/b/x.ts']);
  });

  test('paths in the map', () => {
    expect(pathsIn('`a/b.ts` and `tests/`, not `<op>.ts`, `a/*.ts`, `word`')).toEqual(['a/b.ts', 'tests/']);
  });

  test('the length of functions, and a quantile', () => {
    expect(functionLengths(new Map([['x.ts', 'const f = () => 1;\nfunction g() {\n  return 2;\n}\n']]))).toEqual([
      1, 3,
    ]);
    expect([quantile([5, 1, 3, 2, 4], 0.5), quantile([1, 2, 3, 4], 0.9)]).toEqual([3, 4]);
  });
});
