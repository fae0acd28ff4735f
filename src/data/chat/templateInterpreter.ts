/** Runs a Jinja chat template within limits: a file that somebody else wrote must end by itself. */
import { Interpreter } from '@huggingface/jinja';
import { AtelierError } from '../../base/errors/errors';

/**
 * A template comes with a model from anywhere: one that loops for ever ends here. Published ones take some
 * milliseconds.
 */
const LONGEST_MS = 2000;
/** Steps between two looks at the clock. */
const STEPS = 1024;
/**
 * Characters of a text, or members of a list, that a template may make: a few steps could double them up to all memory.
 */
const LARGEST_VALUE = 16 * 1024 * 1024;

type Scope = Parameters<Interpreter['evaluate']>[1];
type Value = ReturnType<Interpreter['evaluate']>;
type Node = NonNullable<Parameters<Interpreter['evaluate']>[0]>;

/** What is read here of the library's syntax trees. */
interface Shape {
  callee?: Node;
  args?: Node[];
  object?: Node;
  property?: Node;
  operand?: Node;
  filter?: Node;
  value?: unknown;
}
const shapeOf = (node: Node | undefined): Shape & Partial<Node> => node ?? {};

/** What Python takes for blank: JavaScript has no U+001C to U+001F and U+0085, but U+FEFF. */
const BLANK = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

type Ends = 'strip' | 'lstrip' | 'rstrip';

/**
 * Runs a template as Jinja does, where the library would not, and stops when its time is up.
 * @throws template-slow
 */
export class TemplateInterpreter extends Interpreter {
  readonly #deadline = performance.now() + LONGEST_MS;
  #steps = 0;

  /** Every construct of the language is evaluated through this method. */
  override evaluate(node: Node | undefined, scope: Scope): Value {
    if (++this.#steps % STEPS === 0 && performance.now() > this.#deadline) throw slowTemplate();
    const value = (node && this.#stripped(node, scope)) ?? super.evaluate(node, scope);
    const held: unknown = value.value;
    if ((typeof held === 'string' || Array.isArray(held)) && held.length > LARGEST_VALUE)
      throw new RangeError(`it makes a text or list of more than ${LARGEST_VALUE}`);
    return value;
  }

  /**
   * `text.strip(characters)` and `text | trim`; the library takes off JavaScript's blanks, whatever the characters are.
   */
  #stripped(node: Node, scope: Scope): Value | undefined {
    const { of, ends, characters } = strippingIn(node) ?? {};
    if (!of || !ends) return undefined;
    const text: unknown = this.evaluate(of, scope).value;
    const listed: unknown = characters && this.evaluate(characters, scope).value;
    if (typeof text !== 'string' || (characters && typeof listed !== 'string')) return undefined;
    const literal = { type: 'StringLiteral', value: strip(text, ends, listed as string | undefined) };
    return super.evaluate(literal, scope);
  }
}

export const slowTemplate = (): AtelierError => new AtelierError('template-slow', { seconds: LONGEST_MS / 1000 });

function strippingIn(node: Node): { of: Node | undefined; ends: Ends; characters?: Node | undefined } | undefined {
  const { callee, args, operand, filter } = shapeOf(node);
  if (node.type === 'FilterExpression')
    return shapeOf(filter).value === 'trim' ? { of: operand, ends: 'strip' } : undefined;
  const { object, property } = shapeOf(callee);
  const name = shapeOf(property).value;
  const called = node.type === 'CallExpression' && callee?.type === 'MemberExpression' && args!.length <= 1;
  if (!called || (name !== 'strip' && name !== 'lstrip' && name !== 'rstrip')) return undefined;
  return { of: object, ends: name, characters: args![0] };
}

/** Python's: blanks, or any of the characters given. */
function strip(text: string, ends: Ends, characters?: string): string {
  const listed = characters === undefined ? undefined : new Set(characters);
  const blank = new RegExp(`^[${BLANK}]$`);
  const goes = (character: string): boolean => listed?.has(character) ?? blank.test(character);
  const units = Array.from(text);
  let [from, to] = [0, units.length];
  if (ends !== 'rstrip') while (from < to && goes(units[from]!)) from++;
  if (ends !== 'lstrip') while (to > from && goes(units[to - 1]!)) to--;
  return units.slice(from, to).join('');
}
