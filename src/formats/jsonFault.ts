// Where a text stops being JSON. Browsers say it each in its own English words; this says it as facts.
import type { Detail } from '../base/errors/details';

const BLANK = /[ \t\n\r]*/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const OF_PYTHON = /NaN|-?Infinity/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** Facts of an error: the first character that no JSON has at its place, counted from 1. */
export type JsonFault = { detail: Detail; at: number; found: string } | { detail: Detail };

/** Reads as far as the text is JSON. Its depth must be limited before. */
class JsonWalk {
  at = 0;

  constructor(
    readonly text: string,
    readonly python: boolean,
  ) {}

  eats(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }

  is(character: string): boolean {
    this.eats(BLANK);
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  value(): boolean {
    if (this.is('{')) return this.members('}', () => this.is('"') && this.string() && this.is(':') && this.value());
    if (this.is('[')) return this.members(']', () => this.value());
    if (this.is('"')) return this.string();
    return (this.python && this.eats(OF_PYTHON)) || this.eats(SCALAR);
  }

  members(close: string, member: () => boolean): boolean {
    if (this.is(close)) return true;
    do if (!member()) return false;
    while (this.is(','));
    return this.is(close);
  }

  /** The rest of a string whose quote was read. */
  string(): boolean {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) return this.is('"');
      if (code === 0x5c ? !this.eats(ESCAPE) : !(code >= 0x20)) return false;
      if (code !== 0x5c) this.at++;
    }
  }
}

/**
 * Why a text is no JSON.
 * @param python numbers may be NaN, Infinity and -Infinity
 */
export function jsonFault(text: string, { python }: { python: boolean }): JsonFault {
  const walk = new JsonWalk(text, python);
  if (walk.value()) walk.eats(BLANK);
  const code = text.codePointAt(walk.at);
  if (code === undefined) return { detail: 'cut-off' };
  const character = String.fromCodePoint(code);
  // nobody sees a control, a blank or a byte order mark
  const found = /[\p{C}\p{Z}]/u.test(character) ? `U+${code.toString(16).toUpperCase().padStart(4, '0')}` : character;
  return { detail: 'json-at', at: walk.at + 1, found };
}
