/** The nodes of a chat template's syntax tree, and the error that tells where in its source it cannot be followed. */
import { AtelierError } from '../../base/errors/errors';
import type { Value } from './pythonValues';

/** The library's syntax trees, whose classes it does not export, and what Jinja has beyond them. */
export interface Node {
  type: string;
  /** Where it stands in the source; absent for what the interpreter makes. */
  from?: number;
  to?: number;
  value?: unknown;
  /** The value of a literal, made once. */
  made?: Value;
  operator?: { value: string };
  left?: Node;
  right?: Node;
  operand?: Node;
  /** What a value is compared with, in order: all must hold. */
  comparisons?: { operator: string; right: Node }[];
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
  condition?: Node;
  trueExpr?: Node;
  falseExpr?: Node;
  name?: Node;
  assignee?: Node;
  call?: Node;
  callerArgs?: Node[];
  loopvar?: Node;
  iterable?: Node;
  recursive?: boolean;
  start?: Node;
  stop?: Node;
  step?: Node;
  body?: Node[];
  alternate?: Node[];
  defaultBlock?: Node[];
}

/** A value that has been computed, where a tree stands. */
export const given = (value: Value): Node => ({ type: 'Given', value });

/**
 * Line ends are `\n` before anything is read, as in Jinja (`newline_sequence`), wherever the template was saved.
 * https://jinja.palletsprojects.com/en/stable/api/#jinja2.Environment
 */
export const withLineFeeds = (source: string): string => source.replace(/\r\n?/g, '\n');

/** Characters of the source that an error shows. */
const SHOWN = 80;

/** @throws template-broken with the line and what stands there */
export function broken(source: string, from: number, to: number, cause?: unknown): never {
  const line = source.slice(0, from).split('\n').length;
  const written = source.slice(from, to).trim().split('\n')[0]!;
  const construct = written.length > SHOWN ? `${written.slice(0, SHOWN)}…` : written;
  throw new AtelierError('template-broken', { line, construct }, { cause });
}
