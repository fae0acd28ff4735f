// The setting `newTokens`, a token to a line: its tokens, and what is wrong with them before a tokenizer is asked.

/** As many as one list: each takes a row of the embedding, and a person names them by hand. */
export const MOST_NEW_TOKENS = 256;
/** In UTF-16 units, as `String.length` counts. */
export const LONGEST_NEW_TOKEN = 64;
/** Of the setting as text. */
export const NEW_TOKENS_LENGTH = MOST_NEW_TOKENS * (LONGEST_NEW_TOKEN + 1);

/** Line by line; what is empty behind the last token is none. */
export const newTokenTexts = (setting: string): string[] =>
  setting.trim() === '' ? [] : setting.replace(/\s+$/, '').split(/\r?\n/);

/** Code and facts of an AtelierError. */
interface TokensFault {
  code: 'new-token-empty' | 'new-token-blanks' | 'new-token-long' | 'new-token-twice' | 'new-tokens-many';
  facts: Record<string, string | number>;
}

/** The first fault of the list by itself. */
export function newTokensFault(texts: readonly string[]): TokensFault | undefined {
  if (texts.length > MOST_NEW_TOKENS)
    return { code: 'new-tokens-many', facts: { count: texts.length, most: MOST_NEW_TOKENS } };
  for (const [i, token] of texts.entries()) {
    const line = i + 1;
    if (token.trim() === '') return { code: 'new-token-empty', facts: { line } };
    if (token.trim() !== token) return { code: 'new-token-blanks', facts: { line, token } };
    if (token.length > LONGEST_NEW_TOKEN)
      return { code: 'new-token-long', facts: { line, length: token.length, most: LONGEST_NEW_TOKEN } };
    const before = texts.indexOf(token);
    if (before < i) return { code: 'new-token-twice', facts: { line, token, before: before + 1 } };
  }
  return undefined;
}
