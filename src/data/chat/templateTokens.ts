/** Cuts a chat template into texts and the tokens of its tags as Jinja does; knows nothing of what they mean. */
import { broken } from './templateNodes';

export type TokenKind = 'text' | 'open' | 'close' | 'print' | 'printed' | 'name' | 'string' | 'number' | 'sign' | 'end';

export interface Token {
  kind: TokenKind;
  /** What it says: a string without its quotes, a number as written. */
  value: string;
  start: number;
  end: number;
}

/** What Python takes for blank. */
const BLANKS = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*';
const OPENING = /\{[%{#]/g;
const RAW_BEGIN = /\{%[-+]?\s*raw\s*(-?)%\}/y;
const RAW_END = /\{%([-+]?)\s*endraw\s*([-+]?)%\}/g;
const COMMENT_END = /([-+]?)#\}/g;
/** A fraction has digits on both sides of its point. */
const NUMBER = /0[bB](_?[01])+|0[oO](_?[0-7])+|0[xX](_?[\da-fA-F])+|\d+(_\d+)*(\.\d+(_\d+)*)?([eE][-+]?\d+(_\d+)*)?/y;
/** Behind a point stands a place: `x.0.1` is no fraction. */
const DIGITS = /\d+/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy;
const STRING = /'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y;
const SIGN = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y;
const BLANK_RUN = new RegExp(BLANKS, 'y');
const CLOSES: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** @throws template-broken */
export function cutTokens(source: string): Token[] {
  return new Cutter(source).cut();
}

/** https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control, with trim_blocks and lstrip_blocks. */
class Cutter {
  readonly #tokens: Token[] = [];
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source.endsWith('\n') ? source.slice(0, -1) : source;
  }

  cut(): Token[] {
    while (this.#at < this.#source.length) this.#part();
    this.#push('end', '', this.#at);
    return this.#tokens;
  }

  #push(kind: TokenKind, value: string, start: number): void {
    this.#tokens.push({ kind, value, start, end: this.#at });
  }

  /** Moves behind what `pattern` finds here. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source) ?? undefined;
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #part(): void {
    const start = this.#at;
    OPENING.lastIndex = start;
    const tag = OPENING.exec(this.#source)?.index ?? this.#source.length;
    this.#text(start, tag);
    this.#at = tag;
    if (tag < this.#source.length) this.#tag(tag);
  }

  /** What stands between `start` and a tag, without what the tag takes away. */
  #text(start: number, tag: number): void {
    const mark = this.#source[tag + 2];
    let text = this.#source.slice(start, tag);
    if (mark === '-') text = withoutBlankEnd(text);
    else if (mark !== '+' && this.#source[tag + 1] !== '{') text = this.#withoutIndent(text, start);
    if (text) this.#tokens.push({ kind: 'text', value: text, start, end: tag });
  }

  #withoutIndent(text: string, start: number): string {
    const line = text.lastIndexOf('\n') + 1;
    const begins = line > 0 || start === 0 || this.#source[start - 1] === '\n';
    return begins && !withoutBlankEnd(text.slice(line)) ? text.slice(0, line) : text;
  }

  #tag(start: number): void {
    const second = this.#source[start + 1];
    if (second === '#') return this.#comment(start);
    const raw = this.#take(RAW_BEGIN);
    if (raw) return this.#raw(start, raw[1] === '-');
    this.#at = start + 2;
    if (this.#source[this.#at] === '-' || (second === '%' && this.#source[this.#at] === '+')) this.#at++;
    this.#push(second === '%' ? 'open' : 'print', this.#source.slice(start, this.#at), start);
    this.#inside(start, second === '%' ? '%}' : '}}');
  }

  #comment(start: number): void {
    this.#at = start + 2;
    const end = this.#take(COMMENT_END) ?? broken(this.#source, start, start + 40);
    this.#afterTag(end[1]!, true);
  }

  #raw(start: number, strips: boolean): void {
    if (strips) this.#take(BLANK_RUN);
    const from = this.#at;
    const end = this.#take(RAW_END) ?? broken(this.#source, start, from);
    const text = this.#source.slice(from, end.index);
    const value = end[1] === '-' ? withoutBlankEnd(text) : end[1] === '+' ? text : this.#withoutIndent(text, from);
    if (value) this.#tokens.push({ kind: 'text', value, start: from, end: end.index });
    this.#afterTag(end[2]!, true);
  }

  /** Blanks behind a dash, else the one line end behind a block. */
  #afterTag(mark: string, block: boolean): void {
    if (mark === '-') this.#take(BLANK_RUN);
    else if (block && mark !== '+' && this.#source[this.#at] === '\n') this.#at++;
  }

  #inside(tag: number, closing: string): void {
    const open: string[] = [];
    for (;;) {
      this.#take(BLANK_RUN);
      if (this.#at >= this.#source.length) broken(this.#source, tag, tag + 60);
      if (!open.length && this.#closes(closing)) return;
      this.#token(open);
    }
  }

  #closes(closing: string): boolean {
    const start = this.#at;
    const first = this.#source[start]!;
    const mark = first === '-' || (first === '+' && closing === '%}') ? first : '';
    if (!this.#source.startsWith(closing, start + mark.length)) return false;
    this.#at = start + mark.length + 2;
    this.#push(closing === '%}' ? 'close' : 'printed', closing, start);
    this.#afterTag(mark, closing === '%}');
    return true;
  }

  #token(open: string[]): void {
    const start = this.#at;
    const last = this.#tokens.at(-1);
    const number = this.#take(last?.value === '.' && last.kind === 'sign' ? DIGITS : NUMBER);
    if (number) return this.#push('number', number[0].replaceAll('_', ''), start);
    const name = this.#take(NAME);
    if (name) return this.#push('name', name[0], start);
    const string = this.#take(STRING);
    if (string) return this.#push('string', unescaped(string[0].slice(1, -1)), start);
    const sign = this.#take(SIGN)?.[0] ?? broken(this.#source, start, start + 20);
    this.#balance(open, sign, start);
    this.#push('sign', sign, start);
  }

  #balance(open: string[], sign: string, start: number): void {
    if (CLOSES[sign]) open.push(CLOSES[sign]);
    else if (')]}'.includes(sign) && open.pop() !== sign) broken(this.#source, start, start + 20);
  }
}

function withoutBlankEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text[end - 1]!)) end--;
  return text.slice(0, end);
}

const ONE_BLANK = new RegExp(`^${BLANKS.slice(0, -1)}$`);
const isBlank = (character: string): boolean => ONE_BLANK.test(character);

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\n': '',
  "'": "'",
  '"': '"',
  '\\': '\\',
};

/** Python's: an unknown escape stays as it is. */
function unescaped(written: string): string {
  return written.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U(00[\da-f]{6})|([0-7]{1,3})|([^]))/gi,
    (whole, two?: string, four?: string, eight?: string, octal?: string, other?: string) => {
      const hexadecimal = two ?? four ?? eight;
      if (hexadecimal !== undefined) return String.fromCodePoint(parseInt(hexadecimal, 16));
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      return ESCAPES[other!] ?? whole;
    },
  );
}
