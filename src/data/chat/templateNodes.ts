/** A chat template's source as a syntax tree: read as Jinja reads it, with what is printed named as such. */
import { parse, tokenize } from '@huggingface/jinja';
import type { Value } from './pythonValues';

/** What is read here of the library's syntax trees, whose classes it does not export. */
export interface Node {
  type: string;
  value?: unknown;
  /** The value of a literal, made once. */
  made?: Value;
  operator?: { value: string };
  left?: Node;
  right?: Node;
  operand?: Node;
  filter?: Node;
  test?: Node;
  negate?: boolean;
  object?: Node;
  property?: Node;
  computed?: boolean;
  callee?: Node;
  args?: Node[];
  argument?: Node;
  key?: Node;
  lhs?: Node;
  loopvar?: Node;
  iterable?: Node;
  start?: Node;
  stop?: Node;
  step?: Node;
  body?: Node[];
  defaultBlock?: Node[];
}

/** A value that has been computed, where a tree stands. */
export const given = (value: Value): Node => ({ type: 'Given', value });

/** Where the statements of a tree stand. */
const BLOCKS = new Set(['body', 'alternate', 'defaultBlock']);
/** What stands in a block and prints nothing by itself; a text between tags prints as it is. */
const STATEMENTS = new Set(
  'Set If For Break Continue Macro Comment CallStatement FilterStatement StringLiteral'.split(' '),
);

/**
 * Line ends are `\n` before anything is read, as in Jinja (`newline_sequence`), wherever the template was saved.
 * https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment
 */
export const withLineFeeds = (source: string): string => source.replace(/\r\n?/g, '\n');

/** The library cannot tell `{{ none }}`, which prints, from a tag: what prints stands in a `Print`. */
export function parsedTemplate(source: string): Node {
  const program: Node = parse(tokenize(source, { trim_blocks: true, lstrip_blocks: true }));
  markPrints(program);
  return program;
}

function markPrints(tree: unknown): void {
  if (tree instanceof Map) for (const pair of tree) markPrints(pair);
  else if (Array.isArray(tree)) tree.forEach(markPrints);
  else if (typeof tree === 'object' && tree !== null)
    for (const [name, part] of Object.entries(tree)) {
      markPrints(part);
      if (BLOCKS.has(name) && Array.isArray(part)) part.forEach((node: Node, i) => (part[i] = printing(node)));
    }
}

const printing = (node: Node): Node => (STATEMENTS.has(node.type) ? node : { type: 'Print', value: node });
