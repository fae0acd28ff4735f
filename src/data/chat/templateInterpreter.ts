/** Runs a Jinja chat template within limits: a file that somebody else wrote must end by itself. */
import { Environment, Interpreter } from '@huggingface/jinja';
import { AtelierError } from '../../base/errors/errors';
import type { Arguments } from './pythonText';
import type { Spend, Value } from './pythonValues';
import {
  boolean,
  callable,
  dictionary,
  entriesOf,
  integer,
  isDictionary,
  isMissing,
  isNone,
  isText,
  isTrue,
  list,
  membersOf,
  MISSING,
  NONE,
  printed,
  same,
  text,
} from './pythonValues';
import { slice, subscript } from './templateAttributes';
import { bindParameters, calledBy, callableBy, leftOver, runOf } from './templateCalls';
import { FILTERS } from './templateFilters';
import { given } from './templateNodes';
import type { Node } from './templateNodes';
import { dictionaryOf, methodOf, operatorsWithin } from './templateOperators';
import { testNamed } from './templateTests';

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

export interface RunOptions {
  /** For the rendering of no message at all, which Python's users never ask for: most templates look at the first. */
  lenient: boolean;
  /** The template names `loop`: each loop has its values to make for each member. */
  loops: boolean;
  /** What stands just inside `{% generation %}` and `{% endgeneration %}`. */
  marks?: [string, string];
}

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

  constructor(
    scope: Environment,
    readonly options: RunOptions,
  ) {
    super(scope);
  }

  /** The innermost part of the template in which something was thrown. */
  failed: Node | undefined;

  readonly #rules: Record<string, Rule> = {
    Program: ({ body }, scope) => this.#block(body!, scope),
    Given: ({ value }) => value as Value,
    Missing: () => MISSING,
    Constant: ({ value }) => (value === null ? NONE : boolean(value as boolean)),
    StringLiteral: (node) => (node.made ??= text(node.value as string)),
    Print: ({ value }, scope) => this.#printed(this.evaluate(value as Node, scope)),
    BlockText: ({ body }, scope) => this.#block(body!, new Environment(scope)),
    Generation: ({ body }, scope) => this.#generation(this.#block(body!, new Environment(scope))),
    Set: ({ assignee, value }, scope) => {
      this.#assign(assignee!, this.evaluate(value as Node, scope), scope);
      return NONE;
    },
    With: (node, scope) => this.#with(node, scope),
    For: (node, scope) => this.#loop(node, scope, this.evaluate(node.iterable, scope), 1),
    Break: () => raise(new LoopControl(true)),
    Continue: () => raise(new LoopControl(false)),
    Macro: (node, scope) => this.#macro(node, scope),
    CallStatement: (node, scope) => this.#callBlock(node, scope),
    ObjectLiteral: ({ value }, scope) =>
      dictionaryOf(
        [...(value as Map<Node, Node>)].map(([key, held]) => [this.evaluate(key, scope), this.evaluate(held, scope)]),
      ),
    Comparison: (node, scope) => this.#comparison(node, scope),
    BinaryExpression: (node, scope) => this.#operation(node, scope),
    MemberExpression: (node, scope) => this.#member(node, scope),
    CallExpression: (node, scope) => this.#call(node, scope),
    FilterExpression: (node, scope) => this.#filterExpression(node, scope),
    TestExpression: (node, scope) => this.#tested(node, scope),
  };

  override evaluate(node: Node | undefined, scope: Environment): Value {
    try {
      return this.#evaluated(node, scope);
    } catch (thrown) {
      if (node?.from !== undefined) this.failed ??= node;
      throw thrown;
    }
  }

  #evaluated(node: Node | undefined, scope: Environment): Value {
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
    const parts: string[] = [];
    for (const statement of body) this.#statement(statement, scope, parts);
    return text(parts.join(''));
  }

  #statement(statement: Node, scope: Environment, parts: string[]): void {
    const printed = this.evaluate(statement, scope);
    if (!isNone(printed) && !isMissing(printed)) parts.push(printed.toString());
  }

  #generation(inside: Value): Value {
    const [begin, end] = this.options.marks ?? ['', ''];
    return text(begin + inside.toString() + end);
  }

  /** @param depth of a loop that calls itself, from 1 */
  #loop(node: Node, scope: Environment, iterable: Value, depth: number): Value {
    const { loopvar, test, body, defaultBlock } = node;
    const inner = (item: Value): Environment => this.#assign(loopvar!, item, new Environment(scope));
    let items = loopedOver(iterable);
    if (test) items = items.filter((item) => isTrue(this.evaluate(test, inner(item))));
    if (!items.length) return this.#block(defaultBlock!, new Environment(scope));
    const parts: string[] = [];
    const again = node.recursive ? (more: Value): Value => this.#loop(node, scope, more, depth + 1) : undefined;
    const changed = changes(this.#spend);
    for (const [i, item] of items.entries()) {
      const within = inner(item);
      if (this.options.loops) within.setVariable('loop', loopVariable({ items, depth, again, changed }, i));
      if (!this.#iteration(body!, within, parts)) break;
    }
    return text(parts.join(''));
  }

  /** Each statement by itself: what was printed before a `break` stays. False where the loop ends. */
  #iteration(body: Node[], scope: Environment, parts: string[]): boolean {
    this.#spend(1);
    try {
      for (const statement of body) this.#statement(statement, scope, parts);
    } catch (thrown) {
      if (!(thrown instanceof LoopControl)) throw thrown;
      this.failed = undefined;
      return !thrown.ends;
    }
    return true;
  }

  /** Gives a name, an attribute of a namespace, or each of several its value. */
  #assign(target: Node, value: Value, scope: Environment): Environment {
    if (target.type === 'TupleLiteral') this.#unpack(target.value as Node[], membersOf(value), scope);
    else if (target.type === 'Identifier') scope.setVariable(String(target.value), value);
    else {
      const owner = this.evaluate(target.object, scope);
      if (owner.type !== 'NamespaceValue') throw new TypeError('only a namespace takes values');
      (owner.value as Map<string, Value>).set(String(target.property!.value), value);
    }
    return scope;
  }

  #unpack(targets: Node[], members: Value[], scope: Environment): void {
    if (targets.length !== members.length) throw new TypeError(`${members.length} values for ${targets.length} names`);
    targets.forEach((target, i) => this.#assign(target, members[i]!, scope));
  }

  #with({ value, body }: Node, scope: Environment): Value {
    const inner = new Environment(scope);
    // each value is computed outside of the block
    for (const [target, held] of value as [Node, Node][]) this.#assign(target, this.evaluate(held, scope), inner);
    return this.#block(body!, inner);
  }

  /** A macro finds the names of where it was written, not of where it is called. */
  #macro({ name, args, body }: Node, scope: Environment): Value {
    scope.setVariable(String(name!.value), this.#runnable(args!, body!, scope));
    return NONE;
  }

  #runnable(parameters: Node[], body: Node[], scope: Environment): Value {
    const takes = leftOver([parameters, body]);
    return callableBy((given) => {
      const inner = new Environment(scope);
      const byDefault = (node: Node): Value => this.evaluate(node, inner);
      bindParameters(parameters, given, takes, (key, value) => inner.setVariable(key, value), byDefault);
      return this.#block(body, inner);
    });
  }

  #callBlock({ call, callerArgs, body }: Node, scope: Environment): Value {
    const caller = this.#runnable(callerArgs!, body!, scope);
    const key = { type: 'Identifier', value: 'caller' };
    const argument = { type: 'KeywordArgumentExpression', key, value: given(caller) };
    return this.#printed(this.evaluate({ ...call!, args: [...call!.args!, argument] }, scope));
  }

  /** `1 < x < 3`: each with the next, up to the first that does not hold. */
  #comparison({ operand, comparisons }: Node, scope: Environment): Value {
    let left = this.evaluate(operand, scope);
    for (const { operator, right: node } of comparisons!) {
      const right = this.evaluate(node, scope);
      if (!isTrue(OPERATORS[operator]!(left, right, this.#spend)!)) return boolean(false);
      left = right;
    }
    return boolean(true);
  }

  #operation(node: Node, scope: Environment): Value {
    const name = node.operator!.value;
    const left = this.evaluate(node.left, scope);
    if ((name === 'and' || name === 'or') && isTrue(left) === (name === 'or')) return left;
    const right = this.evaluate(node.right, scope);
    if (name === 'and' || name === 'or') return right;
    const value = OPERATORS[name]?.(left, right, this.#spend);
    if (!value) throw new TypeError(`${left.type} ${name} ${right.type}`);
    return value;
  }

  #member({ object: node, property, computed }: Node, scope: Environment): Value {
    const object = this.evaluate(node, scope);
    if (property!.type === 'SliceExpression') {
      const { start, stop, step } = property!;
      return slice(
        object,
        [start, stop, step].map((bound) => (bound ? this.evaluate(bound, scope) : MISSING)),
      );
    }
    const key = computed ? this.evaluate(property, scope) : text(String(property!.value));
    return subscript(object, key, this.options.lenient);
  }

  #call({ callee, args }: Node, scope: Environment): Value {
    const { object, property, computed, type } = callee!;
    if (type === 'MemberExpression' && !computed) {
      const owner = this.evaluate(object, scope);
      const method = methodOf(owner, String(property!.value), this.#spend);
      if (method) return method(this.#arguments(args!, scope));
      return this.#run(subscript(owner, text(String(property!.value)), this.options.lenient), args!, scope);
    }
    return this.#run(this.evaluate(callee, scope), args!, scope);
  }

  #run(called: Value, args: Node[], scope: Environment): Value {
    const { positional, named } = this.#arguments(args, scope);
    const own = runOf(called);
    if (own) return own({ positional, named });
    const keywords = Array.from(named, ([key, value]) => ({
      type: 'KeywordArgumentExpression',
      key: { type: 'Identifier', value: key },
      value: given(value),
    }));
    const call = { type: 'CallExpression', callee: given(called), args: [...positional.map(given), ...keywords] };
    return super.evaluate(call, scope);
  }

  #arguments(nodes: Node[], scope: Environment): Arguments {
    const positional: Value[] = [];
    const named = new Map<string, Value>();
    const name = (key: string, value: Value): void => {
      if (named.has(key)) throw new TypeError(`${key} is given twice`);
      named.set(key, value);
    };
    for (const node of nodes)
      if (node.type === 'KeywordArgumentExpression')
        name(String(node.key!.value), this.evaluate(node.value as Node, scope));
      else if (node.type === 'SpreadExpression') positional.push(...membersOf(this.evaluate(node.argument, scope)));
      else if (node.type === 'KeywordSpreadExpression')
        for (const [key, value] of namesIn(this.evaluate(node.argument, scope))) name(String(key), value);
      else positional.push(this.evaluate(node, scope));
    return { positional, named };
  }

  readonly #host = {
    spend: (units: number): void => this.#spend(units),
    filter: (name: string, value: Value, args: Arguments): Value => this.#filtered(name, value, args),
    test: (name: string, value: Value, args: Arguments): boolean => testNamed(name)(value, args, this.#spend),
  };

  #filterExpression({ operand, filter }: Node, scope: Environment): Value {
    const value = this.evaluate(operand, scope);
    const name = String((filter!.type === 'CallExpression' ? filter!.callee! : filter!).value);
    return this.#filtered(name, value, this.#arguments(filter!.args ?? [], scope));
  }

  #filtered(name: string, value: Value, args: Arguments): Value {
    this.#spend(1);
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (!filter) throw new TypeError(`no filter is named ${name}`);
    return filter(value, args, this.#host);
  }

  #tested({ operand, test, negate, args }: Node, scope: Environment): Value {
    const value = this.evaluate(operand, scope);
    const holds = testNamed(String(test!.value))(value, this.#arguments(args!, scope), this.#spend);
    return boolean(holds !== negate);
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

function namesIn(value: Value): [string | number, Value][] {
  if (!isDictionary(value)) throw new TypeError('** wants a dictionary');
  return entriesOf(value);
}

interface Loop {
  items: Value[];
  depth: number;
  again: ((items: Value) => Value) | undefined;
  changed: Value;
}

/** https://jinja.palletsprojects.com/en/stable/templates/#for */
function loopVariable({ items, depth, again, changed }: Loop, i: number): Value {
  const { length } = items;
  const variable = dictionary(
    new Map<string, Value>([
      ['index', integer(i + 1)],
      ['index0', integer(i)],
      ['revindex', integer(length - i)],
      ['revindex0', integer(length - i - 1)],
      ['first', boolean(i === 0)],
      ['last', boolean(i === length - 1)],
      ['length', integer(length)],
      ['depth', integer(depth)],
      ['depth0', integer(depth - 1)],
      ['previtem', items[i - 1] ?? MISSING],
      ['nextitem', items[i + 1] ?? MISSING],
      ['cycle', callable((values) => values[i % values.length] ?? MISSING)],
      ['changed', changed],
    ]),
  );
  return again ? calledBy(variable, ({ positional: [more = MISSING] }) => again(more)) : variable;
}

/** `loop.changed(x)`: whether it is called with other values than the last time. */
function changes(spend: Spend): Value {
  let last: Value | undefined;
  return callable((values) => {
    const now = list(values);
    const differs = !last || !same(last, now, spend);
    last = now;
    return boolean(differs);
  });
}
