// What goes into an error as a fact is no English: a number, a name from the file, a notation, or a word that the page
// has in each language. Reads the source of every `new AtelierError`, and of the functions that make one.
import ts from 'typescript';
import { expect, test } from 'vitest';
import { parse, PARSING, readSources, visit } from '../../sources';

type Sources = ReadonlyMap<string, string>;

/** What the page says in words of its own. */
const TRANSLATED = ['validation loss', 'gradient norm'];

/** Two words beside each other, where they are not quoted as something of the file's own. */
const isProse = (text: string): boolean =>
  !TRANSLATED.includes(text) && /\p{Ll}{2,} \p{L}{2,}|^no /u.test(text.replace(/“[^”]*”|"[^"]*"|\{[^}]*\}/g, '…'));

const calledName = (node: ts.NewExpression | ts.CallExpression): string => {
  const { expression } = node;
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : '';
};

const makesError = (node: ts.Node): node is ts.NewExpression =>
  ts.isNewExpression(node) && calledName(node) === 'AtelierError';

/** The function of ours that a node stands in, by its name. */
function makerOf(node: ts.Node): string | undefined {
  for (let at = node.parent; !ts.isSourceFile(at); at = at.parent) {
    if (!ts.isFunctionLike(at)) continue;
    const named = ts.isVariableDeclaration(at.parent) ? at.parent.name : at.name;
    if (named && ts.isIdentifier(named) && at.parameters.length) return named.text;
  }
  return undefined;
}

/** Functions that make an error of what they are given. */
function makersIn(sources: Sources): Set<string> {
  const makers = new Set<string>();
  for (const [path, text] of sources)
    visit(parse(path, text), (node) => {
      if (!makesError(node)) return;
      const facts = node.arguments?.[1];
      const maker = facts && makerOf(node);
      if (maker !== undefined) makers.add(maker);
    });
  return makers;
}

/** The literals that an expression is made of; not those of another error, which only people who mend it read. */
function literalsIn(node: ts.Node): string[] {
  const texts: string[] = [];
  const see = (at: ts.Node): void => {
    if (ts.isNewExpression(at) || ts.isFunctionLike(at)) return;
    if (ts.isStringLiteral(at) || ts.isNoSubstitutionTemplateLiteral(at)) texts.push(at.text);
    else if (ts.isTemplateExpression(at))
      texts.push([at.head.text, ...at.templateSpans.map(({ literal }) => literal.text)].join('9'));
    ts.forEachChild(at, see);
  };
  see(node);
  return texts;
}

/** What a name stands for in its file. */
function initializersOf(name: string, file: ts.SourceFile): ts.Node[] {
  const found: ts.Node[] = [];
  visit(file, (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer)
      found.push(node.initializer);
  });
  return found;
}

/** Names that an expression reads, those behind a dot left out. */
function namesIn(node: ts.Node): string[] {
  const names: string[] = [];
  visit(node, (at) => {
    const behindDot = ts.isPropertyAccessExpression(at.parent) && at.parent.name === at;
    if (ts.isIdentifier(at) && !behindDot) names.push(at.text);
  });
  return names;
}

/** English in facts, as `path: text`. */
function prose(sources: Sources, makers: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const file = parse(path, text);
    visit(file, (node) => {
      if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return;
      if (!makesError(node) && !(ts.isCallExpression(node) && makers.has(calledName(node)))) return;
      const given = node.arguments ?? [];
      const behind = given.flatMap((argument) =>
        makesError(node) ? namesIn(argument).flatMap((name) => initializersOf(name, file)) : [],
      );
      for (const literal of [...given, ...behind].flatMap(literalsIn))
        if (isProse(literal)) found.push(`${path}: ${literal}`);
    });
  }
  return [...new Set(found)];
}

test('no fact of an error is English', PARSING, () => {
  const sources = new Map([...readSources(['src', 'workers'])].filter(([path]) => !path.startsWith('src/build/')));
  const makers = makersIn(sources);
  expect([...makers]).toEqual(expect.arrayContaining(['broken', 'refuse', 'wrong']));
  expect(prose(sources, makers)).toEqual([]);
});

test.each([
  ["new AtelierError('x', { detail: 'no storage' })", 1],
  ["const facts = { detail: `${n} of the rows` }; new AtelierError('x', facts)", 1],
  ["const broken = (detail) => new AtelierError('x', { detail }); broken('it is cut off')", 1],
  ["class C { wrong(detail) { throw new AtelierError('x', { detail }); } go() { this.wrong(`a list of ${n}`); } }", 1],
  ["new AtelierError('x', { detail: 'cut-off', found: 'F16, BF16', field: '“a b” → “c d”' })", 0],
  ["new AtelierError('x', { detail: name }, { cause: new Error('the disk is full') })", 0],
])('the check itself: %s', (text, count) => {
  const sources = new Map([['src/x.ts', text]]);
  expect(prose(sources, makersIn(sources))).toHaveLength(count);
});
