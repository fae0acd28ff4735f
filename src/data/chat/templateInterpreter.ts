/** Runs a Jinja chat template within limits: a file that somebody else wrote must end by itself. */
import { Environment, Interpreter } from '@huggingface/jinja';
import { AtelierError } from '../../base/errors/errors';
import type { Arguments } from './pythonText';
import type { Value } from './pythonValues';
import {
  boolean,
  callable,
  dictionary,
  hasOneUnitEach,
  integer,
  isDictionary,
  isList,
  isMissing,
  isNone,
  isText,
  isTrue,
  membersOf,
  MISSING,
  printed,
  text,
} from './pythonValues';
import { FILTERS } from './templateFilters';
import { given } from './templateNodes';
import type { Node } from './templateNodes';
import { dictionaryOf, methodOf, operatorsWithin, slice, subscript } from './templateOperators';

/**
 * A template comes with a model from anywhere: one that loops for ever ends here. Published ones take some
 * milliseconds.
 */
const LONGEST_MS = 2000;
/** Steps between two looks at the clock. */
const STEPS = 1024;
/** Characters or members that count as a step, each time that a text or a list is touched. */
const PER_STEP = 256;
/** Characters of a text that a template may make: a few steps could double them up to all memory. */
const LARGEST_TEXT = 16 * 1024 * 1024;
/** Members of a list: each takes some 50 bytes. */
const LARGEST_LIST = 1024 * 1024;

type Rule = (node: Node, scope: Environment) => Value | undefined;

/** `{% break %}` and `{% continue %}`, caught by the loop around them. */
class LoopControl extends Error {
  constructor(readonly ends: boolean) {
    super('outside of a loop');
  }
}

const OPERATORS = operatorsWithin(LARGEST_LIST);

/**
 * Runs a template as Jinja does, where the library would not, and stops when its time is up. Every construct of the
 * language is evaluated through `evaluate`; what this class has no rule for is the library's.
 * @throws template-slow
 */
export class TemplateInterpreter extends Interpreter {
  readonly #deadline = performance.now() + LONGEST_MS;
  #steps = 0;

  /**
   * @param lenient for the rendering of no message at all, which Python's users never ask for: most templates look at
   * the first one
   * @param loops the template names `loop`: each loop has ten values of it to make for each member
   */
  constructor(
    scope: Environment,
    readonly lenient: boolean,
    readonly loops: boolean,
  ) {
    super(scope);
  }

  readonly #rules: Record<string, Rule> = {
    Given: ({ value }) => value as Value,
    StringLiteral: (node) => (node.made ??= text(node.value as string)),
    Print: ({ value }, scope) => this.#printed(this.evaluate(value as Node, scope)),
    For: (node, scope) => this.#loop(node, scope),
    Break: () => raise(new LoopControl(true)),
    Continue: () => raise(new LoopControl(false)),
    ObjectLiteral: ({ value }, scope) =>
      dictionaryOf(
        [...(value as Map<Node, Node>)].map(([key, held]) => [this.evaluate(key, scope), this.evaluate(held, scope)]),
      ),
    BinaryExpression: (node, scope) => this.#operation(node, scope),
    MemberExpression: (node, scope) => this.#member(node, scope),
    CallExpression: (node, scope) => this.#call(node, scope),
    FilterExpression: (node, scope) => this.#filtered(this.evaluate(node.operand, scope), node.filter!, scope),
    FilterStatement: ({ filter, body }, scope) => this.#filtered(this.#block(body!, scope), filter!, scope),
    TestExpression: (node, scope) => this.#tested(node, scope),
  };

  override evaluate(node: Node | undefined, scope: Environment): Value {
    this.#spend(1);
    const rule = node && Object.hasOwn(this.#rules, node.type) ? this.#rules[node.type] : undefined;
    const value = (node && rule?.(node, scope)) ?? super.evaluate(node, scope);
    const held: unknown = value.value;
    if (typeof held === 'string' || Array.isArray(held)) this.#weigh(held);
    return value;
  }

  #weigh(held: string | unknown[]): void {
    const largest = typeof held === 'string' ? LARGEST_TEXT : LARGEST_LIST;
    if (held.length > largest) throw new RangeError(`it makes a text or list of more than ${largest}`);
    this.#spend(held.length / PER_STEP);
  }

  readonly #spend = (units: number): void => {
    this.#steps += units;
    if (this.#steps < STEPS) return;
    this.#steps = 0;
    if (performance.now() > this.#deadline) throw slowTemplate();
  };

  #printed(value: Value): Value {
    return isText(value) ? value : text(printed(value, this.#spend));
  }

  #block(body: Node[], scope: Environment): Value {
    return this.evaluate({ type: 'Program', body }, scope);
  }

  #loop({ iterable, loopvar, body, defaultBlock }: Node, scope: Environment): Value {
    const chosen = iterable!.type === 'SelectExpression' ? iterable! : undefined;
    const inner = (item: Value): Environment => bound(loopvar!, item, new Environment(scope));
    let items = loopedOver(this.evaluate(chosen ? chosen.lhs : iterable, scope));
    if (chosen) items = items.filter((item) => isTrue(this.evaluate(chosen.test, inner(item))));
    if (!items.length) return this.#block(defaultBlock!, scope);
    const parts: string[] = [];
    for (const [i, item] of items.entries()) {
      const within = inner(item);
      if (this.loops) within.setVariable('loop', loopVariable(items, i));
      if (!this.#iteration(body!, within, parts)) break;
    }
    return text(parts.join(''));
  }

  /** Each statement by itself: what was printed before a `break` stays. False where the loop ends. */
  #iteration(body: Node[], scope: Environment, parts: string[]): boolean {
    this.#spend(1);
    try {
      for (const statement of body) {
        const printed = this.evaluate(statement, scope);
        if (!isNone(printed) && !isMissing(printed)) parts.push(printed.toString());
      }
    } catch (thrown) {
      if (!(thrown instanceof LoopControl)) throw thrown;
      return !thrown.ends;
    }
    return true;
  }

  #operation(node: Node, scope: Environment): Value | undefined {
    const name = node.operator!.value;
    if (name === 'and' || name === 'or') return undefined;
    const [left, right] = [this.evaluate(node.left, scope), this.evaluate(node.right, scope)];
    const own = OPERATORS[name]?.(left, right, this.#spend);
    return own ?? super.evaluate({ ...node, left: given(left), right: given(right) } as Node, scope);
  }

  #member(node: Node, scope: Environment): Value {
    const object = this.evaluate(node.object, scope);
    const property = node.property!;
    if (!node.computed && property.type === 'Identifier' && isDictionary(object)) {
      const held = object.value.get(property.value as string);
      if (held !== undefined) return held as Value;
    }
    const known = { ...node, object: given(object) };
    if (property.type === 'SliceExpression')
      return this.#slice(object, property, scope) ?? super.evaluate(known, scope);
    const key = node.computed || property.type === 'IntegerLiteral' ? this.evaluate(property, scope) : undefined;
    const own = subscript(object, key ?? text(String(property.value)), this.lenient);
    return own ?? super.evaluate(key ? { ...known, property: given(key), computed: true } : known, scope);
  }

  #slice(object: Value, { start, stop, step }: Node, scope: Environment): Value | undefined {
    if (!isText(object) || step || !hasOneUnitEach(object.value)) return undefined;
    return slice(object.value, this.evaluate(start, scope), this.evaluate(stop, scope));
  }

  #call(node: Node, scope: Environment): Value | undefined {
    const { object, property, computed } = node.callee!;
    if (node.callee!.type !== 'MemberExpression' || computed) return undefined;
    const owner = this.evaluate(object, scope);
    const method = methodOf(owner, String(property!.value), this.#spend);
    if (method) return method(this.#arguments(node.args!, scope));
    return super.evaluate({ ...node, callee: { ...node.callee, object: given(owner) } } as Node, scope);
  }

  #arguments(nodes: Node[], scope: Environment): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    for (const node of nodes)
      if (node.type === 'KeywordArgumentExpression')
        named.set(String(node.key!.value), this.evaluate(node.value as Node, scope));
      else if (node.type === 'SpreadExpression') positional.push(...membersOf(this.evaluate(node.argument, scope)));
      else if (node.type === 'KeywordSpreadExpression') throw new TypeError('** is not read here');
      else positional.push(this.evaluate(node, scope));
    return { positional, named };
  }

  #filtered(operand: Value, filter: Node, scope: Environment): Value {
    const name = String((filter.type === 'CallExpression' ? filter.callee! : filter).value);
    const args = this.#arguments(filter.args ?? [], scope);
    const byAttribute = name === 'map' && args.named.has('attribute');
    const own = !byAttribute && Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    const host = { spend: this.#spend, evaluate: (node: Node) => this.evaluate(node, scope) };
    return (
      own?.(operand, args, host) ??
      super.evaluate({ type: 'FilterExpression', operand: given(operand), filter } as Node, scope)
    );
  }

  /** The library takes no tuple, text or dictionary for something that can be gone through. */
  #tested({ operand, test, negate }: Node, scope: Environment): Value {
    const value = this.evaluate(operand, scope);
    const name = test!.value;
    if (name === 'iterable') return boolean((isList(value) || isText(value) || isDictionary(value)) !== negate);
    return super.evaluate({ type: 'TestExpression', operand: given(value), test, negate } as Node, scope);
  }
}

function raise(thrown: Error): never {
  throw thrown;
}

export const slowTemplate = (): AtelierError => new AtelierError('template-slow', { seconds: LONGEST_MS / 1000 });

/**
 * Python goes through the characters of a text as well: what templates for pictures do where a content is a text, and
 * print none of it.
 */
function loopedOver(value: Value): Value[] {
  if (isText(value)) throw new TypeError('a loop over the characters of a text');
  return membersOf(value);
}

/** Gives a loop's variable, or each of several, its value. */
function bound(variable: Node, item: Value, scope: Environment): Environment {
  if (variable.type !== 'TupleLiteral') {
    scope.setVariable(String(variable.value), item);
    return scope;
  }
  const [names, members] = [variable.value as Node[], membersOf(item)];
  if (names.length !== members.length) throw new TypeError(`${members.length} values for ${names.length} names`);
  names.forEach((name, i) => bound(name, members[i]!, scope));
  return scope;
}

/** https://jinja.palletsprojects.com/en/stable/templates/#for */
function loopVariable(items: Value[], i: number): Value {
  const { length } = items;
  return dictionary(
    new Map<string, Value>([
      ['index', integer(i + 1)],
      ['index0', integer(i)],
      ['revindex', integer(length - i)],
      ['revindex0', integer(length - i - 1)],
      ['first', boolean(i === 0)],
      ['last', boolean(i === length - 1)],
      ['length', integer(length)],
      ['previtem', items[i - 1] ?? MISSING],
      ['nextitem', items[i + 1] ?? MISSING],
      ['cycle', callable((values) => values[i % values.length] ?? MISSING)],
    ]),
  );
}
