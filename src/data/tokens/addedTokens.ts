// Finds the added tokens of a tokenizer.json in a text, as the reference does: leftmost, then longest, with the blanks
// that some take along.

/** A token that is found in a text before anything is cut. */
export interface PublishedToken {
  id: number;
  content: string;
  special?: boolean;
  single_word?: boolean;
  lstrip?: boolean;
  rstrip?: boolean;
  /** Looked for in the normalized text. Default: where it is not special. */
  normalized?: boolean;
}

/** An added token in a text, from its first unit to behind its last. */
export interface FoundToken {
  token: PublishedToken;
  start: number;
  end: number;
}

interface Branch {
  token?: PublishedToken;
  next: Map<string, Branch>;
}

const WORD_BEFORE = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const WORD_BEHIND = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const BLANK = /\p{White_Space}/u;

/** Some added tokens, and where they stand in texts. */
export class AddedTokens {
  readonly #root: Branch = { next: new Map() };

  /** @param spelling as which a token is looked for */
  constructor(tokens: readonly PublishedToken[], spelling: (content: string) => string = (content) => content) {
    for (const token of tokens) {
      let branch = this.#root;
      for (const unit of spelling(token.content).split('')) {
        const next: Branch = branch.next.get(unit) ?? { next: new Map() };
        branch.next.set(unit, next);
        branch = next;
      }
      if (branch !== this.#root) branch.token = token;
    }
  }

  find(text: string): FoundToken[] {
    const found: FoundToken[] = [];
    if (!this.#root.next.size) return found;
    for (let at = 0; at < text.length;) {
      const match = this.#longestAt(text, at);
      if (match && standsAlone(text, match)) found.push(withBlanks(text, match, found.at(-1)?.end ?? 0));
      at = match ? match.end : at + 1;
    }
    return found;
  }

  #longestAt(text: string, start: number): FoundToken | undefined {
    let longest: FoundToken | undefined;
    let branch: Branch | undefined = this.#root;
    for (let end = start; branch && end <= text.length; branch = branch.next.get(text[end++] ?? ''))
      if (branch.token) longest = { token: branch.token, start, end };
    return longest;
  }
}

function standsAlone(text: string, { token, start, end }: FoundToken): boolean {
  if (!token.single_word) return true;
  return !WORD_BEFORE.test(text.slice(Math.max(0, start - 2), start)) && !WORD_BEHIND.test(text.slice(end, end + 2));
}

function withBlanks(text: string, { token, start, end }: FoundToken, from: number): FoundToken {
  let [first, last] = [start, end];
  if (token.lstrip) while (first > from && BLANK.test(text[first - 1]!)) first--;
  if (token.rstrip) while (last < text.length && BLANK.test(text[last]!)) last++;
  return { token, start: first, end: last };
}
