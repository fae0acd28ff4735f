/** Reads a chat template's source into a syntax tree: its statements; expressions are read by the class below. */
import { ExpressionReader } from './templateExpressions';
import { broken } from './templateNodes';
import type { Node } from './templateNodes';
import { cutTokens } from './templateTokens';

/**
 * The tree of a template, read by Jinja's rules and not by the library's, which knows neither chained comparisons nor
 * lines.
 * @throws template-broken
 */
export function parsedTemplate(source: string): Node {
  const reader = new TemplateReader(source, cutTokens(source));
  try {
    return reader.program();
  } catch (thrown) {
    if (thrown instanceof RangeError) broken(source, reader.place, reader.place + 60, thrown);
    throw thrown;
  }
}

type Statement = (from: number) => Node;

class TemplateReader extends ExpressionReader {
  get place(): number {
    return this.token.start;
  }

  readonly #statements: Record<string, Statement> = {
    set: (from) => this.#set(from),
    if: (from) => this.#if(from),
    for: (from) => this.#for(from),
    macro: (from) => this.#macro(from),
    call: (from) => this.#call(from),
    filter: (from) => this.#filter(from),
    with: (from) => this.#with(from),
    print: (from) => this.done(from, { type: 'Print', value: this.tuple() }),
    break: (from) => this.done(from, { type: 'Break' }),
    continue: (from) => this.done(from, { type: 'Continue' }),
    generation: (from) => this.done(from, { type: 'Generation', body: this.#block('endgeneration') }),
  };

  program(): Node {
    const body: Node[] = [];
    while (!this.is('end')) body.push(this.#part());
    return { type: 'Program', body };
  }

  #part(): Node {
    const token = this.next();
    if (token.kind === 'text') return { type: 'StringLiteral', value: token.value };
    if (token.kind === 'print') {
      const value = this.tuple();
      this.expect('printed');
      return this.done(token.start, { type: 'Print', value });
    }
    return this.#statement(token.start);
  }

  #statement(from: number): Node {
    const { value } = this.expect('name');
    const read = Object.hasOwn(this.#statements, value) ? this.#statements[value] : undefined;
    const node = read?.(from) ?? this.refuse(from);
    this.expect('close');
    return node;
  }

  /** The rest of a tag, and what stands before the one that ends it. */
  #block(...ends: string[]): Node[] {
    const opening = this.token.start;
    this.expect('close');
    const body = this.#upTo(opening, ends);
    this.next();
    if (ends.length === 1) this.next();
    return body;
  }

  /** A block without its end is told by where it begins. */
  #upTo(opening: number, ends: string[]): Node[] {
    const body: Node[] = [];
    while (!(this.is('open') && this.following.kind === 'name' && ends.includes(this.following.value))) {
      if (this.is('end')) this.refuse(opening);
      body.push(this.#part());
    }
    return body;
  }

  #if(from: number): Node {
    const test = this.tuple({ conditional: false });
    const place = this.done(from, { type: 'If', test });
    const body = this.#block('elif', 'else', 'endif');
    const { value, start } = this.next();
    const alternate = value === 'elif' ? [this.#if(start)] : value === 'else' ? this.#block('endif') : [];
    return { ...place, body, alternate };
  }

  #for(from: number): Node {
    const loopvar = this.tuple({ targets: true, before: 'in' });
    this.expect('name', 'in');
    const iterable = this.tuple({ conditional: false, before: 'recursive' });
    const test = this.skip('name', 'if') ? this.expression() : undefined;
    const recursive = this.skip('name', 'recursive');
    const place = this.done(from, { type: 'For', loopvar, iterable, recursive, ...(test && { test }) });
    const body = this.#block('else', 'endfor');
    const defaultBlock = this.next().value === 'else' ? this.#block('endfor') : [];
    return { ...place, body, defaultBlock };
  }

  #set(from: number): Node {
    const assignee = this.tuple({ targets: true });
    if (this.skip('sign', '=')) return this.done(from, { type: 'Set', assignee, value: this.tuple() });
    const place = this.done(from, { type: 'Set', assignee });
    const text: Node = { type: 'BlockText' };
    let value = text;
    while (this.is('sign', '|')) value = this.filterOf(value, from);
    text.body = this.#block('endset');
    return { ...place, value };
  }

  #macro(from: number): Node {
    const name: Node = { type: 'Identifier', value: this.expect('name').value };
    const args = this.#parameters();
    const place = this.done(from, { type: 'Macro', name, args });
    return { ...place, body: this.#block('endmacro') };
  }

  #parameters(): Node[] {
    const from = this.token.start;
    const args = this.args();
    for (const node of args)
      if (node.type !== 'Identifier' && node.type !== 'KeywordArgumentExpression') this.refuse(from);
    return args;
  }

  #call(from: number): Node {
    const callerArgs = this.is('sign', '(') ? this.#parameters() : [];
    const call = this.expression();
    if (call.type !== 'CallExpression') this.refuse(from);
    const place = this.done(from, { type: 'CallStatement', call, callerArgs });
    return { ...place, body: this.#block('endcall') };
  }

  #filter(from: number): Node {
    const text: Node = { type: 'BlockText' };
    let value = this.filterNamed(text, from);
    while (this.is('sign', '|')) value = this.filterOf(value, from);
    text.body = this.#block('endfilter');
    return this.done(from, { type: 'Print', value });
  }

  #with(from: number): Node {
    const values: [Node, Node][] = [];
    while (!this.is('close')) {
      if (values.length) this.expect('sign', ',');
      const target = this.tuple({ targets: true });
      this.expect('sign', '=');
      values.push([target, this.expression()]);
    }
    return this.done(from, { type: 'With', value: values, body: this.#block('endwith') });
  }
}
