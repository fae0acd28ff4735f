/** Reads the expressions of a template’s tags into a syntax tree, in Jinja’s order of operators. No statements. */
import { broken } from './templateNodes';
import type { Node } from './templateNodes';
import type { Token, TokenKind } from './templateTokens';

const CONSTANTS: Record<string, Node> = {
  true: { type: 'Constant', value: true },
  false: { type: 'Constant', value: false },
  none: { type: 'Constant', value: null },
};
for (const name of ['true', 'false', 'none']) CONSTANTS[name[0]!.toUpperCase() + name.slice(1)] = CONSTANTS[name]!;

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=']);
/** What the argument of a test may begin with where it has no parentheses: `x is divisibleby 3`. */
const BEGINS_ARGUMENT = new Set<TokenKind>(['name', 'string', 'number']);
const NO_ARGUMENT = new Set(['else', 'or', 'and']);

/**
 * One method for each rule of Jinja's own parser, loosest first.
 * https://github.com/pallets/jinja/blob/3.1.6/src/jinja2/parser.py
 */
export class ExpressionReader {
  #index = 0;

  constructor(
    protected readonly source: string,
    readonly tokens: Token[],
  ) {}

  protected get token(): Token {
    return this.tokens[this.#index]!;
  }

  protected get following(): Token {
    return this.tokens[this.#index + 1] ?? this.token;
  }

  protected next(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#index++;
    return token;
  }

  protected is(kind: TokenKind, ...values: string[]): boolean {
    return this.token.kind === kind && (!values.length || values.includes(this.token.value));
  }

  protected skip(kind: TokenKind, value: string): boolean {
    const there = this.is(kind, value);
    if (there) this.next();
    return there;
  }

  protected expect(kind: TokenKind, value?: string): Token {
    if (!this.is(kind, ...(value === undefined ? [] : [value]))) this.refuse();
    return this.next();
  }

  /** What cannot be read, from its tag on. */
  protected refuse(from = this.token.start): never {
    const opening = this.tokens.findLast(({ kind, start }) => (kind === 'open' || kind === 'print') && start <= from);
    const begin = opening?.start ?? from;
    const end = this.tokens.find(({ kind, start }) => (kind === 'close' || kind === 'printed') && start >= begin);
    broken(this.source, begin, end?.end ?? this.source.length);
  }

  protected done(from: number, node: Node): Node {
    return { ...node, from, to: this.tokens[this.#index - 1]?.end ?? from };
  }

  expression(conditional = true): Node {
    return conditional ? this.#conditional() : this.#or();
  }

  #conditional(): Node {
    const from = this.token.start;
    let node = this.#or();
    while (this.skip('name', 'if')) {
      const condition = this.#or();
      const falseExpr = this.skip('name', 'else') ? this.#conditional() : { type: 'Missing' };
      node = this.done(from, { type: 'Ternary', condition, trueExpr: node, falseExpr });
    }
    return node;
  }

  #chain(read: () => Node, kind: TokenKind, operators: string[]): Node {
    const from = this.token.start;
    let left = read();
    while (this.is(kind, ...operators)) {
      const operator = { value: this.next().value };
      left = this.done(from, { type: 'BinaryExpression', operator, left, right: read() });
    }
    return left;
  }

  readonly #or = (): Node => this.#chain(this.#and, 'name', ['or']);
  readonly #and = (): Node => this.#chain(this.#not, 'name', ['and']);

  readonly #not = (): Node => {
    const from = this.token.start;
    if (!this.skip('name', 'not')) return this.#comparison();
    return this.done(from, { type: 'UnaryExpression', operator: { value: 'not' }, argument: this.#not() });
  };

  #comparison(): Node {
    const from = this.token.start;
    const operand = this.#sum();
    const comparisons: { operator: string; right: Node }[] = [];
    for (let operator = this.#comparing(); operator; operator = this.#comparing())
      comparisons.push({ operator, right: this.#sum() });
    return comparisons.length ? this.done(from, { type: 'Comparison', operand, comparisons }) : operand;
  }

  #comparing(): string | undefined {
    if (this.token.kind === 'sign' && COMPARISONS.has(this.token.value)) return this.next().value;
    if (this.skip('name', 'in')) return 'in';
    if (!this.is('name', 'not') || this.following.kind !== 'name' || this.following.value !== 'in') return undefined;
    this.next();
    this.next();
    return 'not in';
  }

  readonly #sum = (): Node => this.#chain(this.#joined, 'sign', ['+', '-']);
  readonly #joined = (): Node => this.#chain(this.#product, 'sign', ['~']);
  readonly #product = (): Node => this.#chain(this.#power, 'sign', ['*', '/', '//', '%']);
  readonly #power = (): Node => this.#chain(() => this.#unary(), 'sign', ['**']);

  #unary(filtered = true): Node {
    const from = this.token.start;
    const signed = this.is('sign', '-', '+');
    const node = signed
      ? { type: 'UnaryExpression', operator: { value: this.next().value }, argument: this.#unary(false) }
      : this.#primary();
    const whole = this.#postfix(this.done(from, node), from);
    return filtered ? this.#filters(whole, from) : whole;
  }

  #primary(): Node {
    const token = this.next();
    switch (token.kind) {
      case 'name':
        return CONSTANTS[token.value] ?? { type: 'Identifier', value: token.value };
      case 'number':
        return numberNode(token.value);
      case 'string':
        return { type: 'StringLiteral', value: token.value + this.#strings() };
      default:
        return this.#bracketed(token);
    }
  }

  /** Strings in a row are one. */
  #strings(): string {
    let value = '';
    while (this.token.kind === 'string') value += this.next().value;
    return value;
  }

  #bracketed(token: Token): Node {
    if (token.kind !== 'sign') this.refuse(token.start);
    if (token.value === '[') return { type: 'ArrayLiteral', value: this.#members(']', () => this.expression()) };
    if (token.value === '{') return { type: 'ObjectLiteral', value: new Map(this.#members('}', () => this.#pair())) };
    if (token.value !== '(') this.refuse(token.start);
    const inside = this.tuple({ empty: true });
    this.expect('sign', ')');
    return inside;
  }

  #pair(): [Node, Node] {
    const key = this.expression();
    this.expect('sign', ':');
    return [key, this.expression()];
  }

  /** Parted by commas up to a bracket, one more comma before it or not. */
  #members<T>(closing: string, read: () => T): T[] {
    const members: T[] = [];
    while (!this.is('sign', closing)) {
      if (members.length) this.expect('sign', ',');
      if (this.is('sign', closing)) break;
      members.push(read());
    }
    this.next();
    return members;
  }

  /** One expression, or several with commas between: a tuple, of one or none as well. */
  tuple({ empty = false, conditional = true, targets = false, before = '' } = {}): Node {
    const from = this.token.start;
    const value: Node[] = [];
    let many = false;
    while (!this.#tupleEnds(before)) {
      value.push(targets ? this.#target() : this.expression(conditional));
      if (!this.skip('sign', ',')) break;
      many = true;
    }
    if (value.length === 1 && !many) return value[0]!;
    if (!value.length && !empty) this.refuse();
    return this.done(from, { type: 'TupleLiteral', value });
  }

  #tupleEnds(before: string): boolean {
    return this.is('close') || this.is('printed') || this.is('sign', ')') || (!!before && this.is('name', before));
  }

  /** A name, an attribute of a namespace, or several in parentheses. */
  #target(): Node {
    const from = this.token.start;
    if (this.skip('sign', '(')) {
      const inside = this.tuple({ targets: true });
      this.expect('sign', ')');
      return inside;
    }
    const name: Node = { type: 'Identifier', value: this.expect('name').value };
    if (CONSTANTS[name.value as string]) this.refuse(from);
    if (!this.skip('sign', '.')) return this.done(from, name);
    const property: Node = { type: 'Identifier', value: this.expect('name').value };
    return this.done(from, { type: 'MemberExpression', object: name, property, computed: false });
  }

  #postfix(node: Node, from: number): Node {
    let whole = node;
    for (;;) {
      if (this.skip('sign', '.')) whole = this.done(from, this.#attribute(whole));
      else if (this.skip('sign', '[')) whole = this.done(from, this.#subscript(whole));
      else if (this.is('sign', '(')) whole = this.#called(whole, from);
      else return whole;
    }
  }

  #called(callee: Node, from: number): Node {
    const args = this.args();
    return this.done(from, { type: 'CallExpression', callee, args });
  }

  #attribute(object: Node): Node {
    if (this.token.kind === 'number')
      return { type: 'MemberExpression', object, property: numberNode(this.next().value), computed: true };
    const property: Node = { type: 'Identifier', value: this.expect('name').value };
    return { type: 'MemberExpression', object, property, computed: false };
  }

  #subscript(object: Node): Node {
    const from = this.token.start;
    const property = this.#subscribed();
    if (!this.skip('sign', ']')) this.refuse(from);
    return { type: 'MemberExpression', object, property, computed: true };
  }

  #subscribed(): Node {
    const start = this.is('sign', ':') ? undefined : this.expression();
    if (start && !this.is('sign', ':')) return start;
    this.next();
    const stop = this.#bound();
    const step = this.skip('sign', ':') ? this.#bound() : undefined;
    return { type: 'SliceExpression', ...(start && { start }), ...(stop && { stop }), ...(step && { step }) };
  }

  #bound(): Node | undefined {
    return this.is('sign', ':', ']') ? undefined : this.expression();
  }

  /** `(a, b=1, *more, **named)` */
  protected args(): Node[] {
    this.expect('sign', '(');
    let named = false;
    return this.#members(')', () => {
      const from = this.token.start;
      const node = this.#argument();
      if (named && ['SpreadExpression', 'KeywordArgumentExpression', 'KeywordSpreadExpression'].indexOf(node.type) < 0)
        this.refuse(from);
      named ||= node.type.startsWith('Keyword');
      return node;
    });
  }

  #argument(): Node {
    if (this.skip('sign', '*')) return { type: 'SpreadExpression', argument: this.expression() };
    if (this.skip('sign', '**')) return { type: 'KeywordSpreadExpression', argument: this.expression() };
    if (this.token.kind !== 'name' || this.following.kind !== 'sign' || this.following.value !== '=')
      return this.expression();
    const key: Node = { type: 'Identifier', value: this.next().value };
    this.next();
    return { type: 'KeywordArgumentExpression', key, value: this.expression() };
  }

  #filters(node: Node, from: number): Node {
    let whole = node;
    for (;;) {
      if (this.is('sign', '|')) whole = this.filterOf(whole, from);
      else if (this.skip('name', 'is')) whole = this.#test(whole, from);
      else if (this.is('sign', '(')) whole = this.#called(whole, from);
      else return whole;
    }
  }

  protected filterOf(operand: Node, from: number): Node {
    this.expect('sign', '|');
    return this.filterNamed(operand, from);
  }

  protected filterNamed(operand: Node, from: number): Node {
    const name = this.done(this.token.start, { type: 'Identifier', value: this.expect('name').value });
    const filter = this.is('sign', '(') ? this.#called(name, name.from!) : name;
    return this.done(from, { type: 'FilterExpression', operand, filter });
  }

  #test(operand: Node, from: number): Node {
    const negate = this.skip('name', 'not');
    const test: Node = { type: 'Identifier', value: this.expect('name').value };
    const args = this.#testArguments();
    return this.done(from, { type: 'TestExpression', operand, negate, test, args });
  }

  #testArguments(): Node[] {
    if (this.is('sign', '(')) return this.args();
    const begins = BEGINS_ARGUMENT.has(this.token.kind) || this.is('sign', '[', '{');
    if (!begins || (this.token.kind === 'name' && NO_ARGUMENT.has(this.token.value))) return [];
    if (this.is('name', 'is')) this.refuse();
    const from = this.token.start;
    return [this.#postfix(this.done(from, this.#primary()), from)];
  }
}

function numberNode(written: string): Node {
  const whole = /^\d+$|^0[box]/i.test(written);
  return { type: whole ? 'IntegerLiteral' : 'FloatLiteral', value: Number(written) };
}
