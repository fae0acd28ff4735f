import type { EncodeOptions } from './textTokenizer';

/** An entry of `added_tokens` in a tokenizer.json. */
export interface AddedEntry {
  id: number;
  content: string;
  special?: boolean;
  /** Looked for in the normalised text, not in the text as it is. */
  normalized?: boolean;
  /** Takes the white space at its left or right into itself. */
  lstrip?: boolean;
  rstrip?: boolean;
  /** Only where no letter or digit touches it. */
  single_word?: boolean;
}

/** A part of a text: an added token (`id`), or normalised text to be split and merged. */
export interface Section {
  text: string;
  id?: number;
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}\p{Pc}]/u;
const WHITE_BEFORE = /\p{White_Space}*$/u;
const WHITE_AFTER = /^\p{White_Space}*/u;

/** Finds added tokens as the Rust tokenizers do: leftmost, longest; first in the text as it is, then in its normal form. */
export class AddedTokens {
  readonly specials: readonly string[];
  readonly #byContent: ReadonlyMap<string, AddedEntry>;
  readonly #specialIds: ReadonlySet<number>;
  readonly #raw: Finder;
  readonly #normal: Finder;

  constructor(
    entries: readonly AddedEntry[],
    readonly normalise: (text: string) => string,
  ) {
    this.#byContent = new Map(entries.map((entry) => [entry.content, entry]));
    const special = entries.filter((entry) => entry.special);
    this.specials = special.map((entry) => entry.content);
    this.#specialIds = new Set(special.map((entry) => entry.id));
    const normal = entries.filter((entry) => entry.normalized);
    this.#raw = new Finder(entries.filter((entry) => !entry.normalized).map((entry) => [entry.content, entry]));
    this.#normal = new Finder(normal.map((entry) => [normalise(entry.content), entry]));
  }

  idOf(content: string): number | undefined {
    return this.#byContent.get(content)?.id;
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  *sections(text: string, options: EncodeOptions): Generator<Section> {
    const special = options.special !== false;
    for (const part of this.#raw.split(text, special, new Set(options.literal))) {
      if (part.id !== undefined) yield part;
      else yield* this.#normal.split(this.normalise(part.text), special, new Set());
    }
  }
}

class Finder {
  readonly #entries: ReadonlyMap<string, AddedEntry>;
  readonly #pattern: RegExp | undefined;

  constructor(entries: readonly (readonly [string, AddedEntry])[]) {
    this.#entries = new Map(entries);
    const longestFirst = [...this.#entries.keys()].filter(Boolean).sort((a, b) => b.length - a.length);
    const escaped = longestFirst.map((c) => c.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'));
    this.#pattern = escaped.length ? new RegExp(escaped.join('|'), 'g') : undefined;
  }

  *split(text: string, special: boolean, literal: ReadonlySet<number>): Generator<Section> {
    let from = 0;
    for (const found of this.#pattern ? text.matchAll(this.#pattern) : []) {
      const entry = this.#entries.get(found[0])!;
      let start = found.index;
      let end = start + found[0].length;
      if (entry.special && (!special || literal.has(start))) continue;
      if (start < from || (entry.single_word && touchesWord(text, start, end))) continue;
      if (entry.lstrip) start -= WHITE_BEFORE.exec(text.slice(from, start))![0].length;
      if (entry.rstrip) end += WHITE_AFTER.exec(text.slice(end))![0].length;
      if (start > from) yield { text: text.slice(from, start) };
      yield { text: text.slice(start, end), id: entry.id };
      from = end;
    }
    if (from < text.length) yield { text: text.slice(from) };
  }
}

const touchesWord = (text: string, start: number, end: number): boolean =>
  WORD_CHARACTER.test(Array.from(text.slice(0, start).slice(-2)).at(-1) ?? '') ||
  WORD_CHARACTER.test(String.fromCodePoint(text.codePointAt(end) ?? 32));
