// Groups byte tokens that make whole characters only together, for display.
import type { TokenView } from '../../base/wire/requests';

/** Tokens that stand together, and the index of the first among all. */
export interface TokenGroup<T extends TokenView = TokenView> {
  first: number;
  tokens: readonly T[];
  /** What the parts of characters in it make together; absent for a whole token, and for parts that make nothing. */
  characters?: string;
}

/**
 * A small vocabulary cuts a Chinese character into its bytes: parts are gathered until they make whole characters
 * again.
 */
export function tokenGroups<T extends TokenView>(tokens: readonly T[]): TokenGroup<T>[] {
  const groups: TokenGroup<T>[] = [];
  for (let first = 0; first < tokens.length; first += groups.at(-1)!.tokens.length) {
    groups.push(tokens[first]!.partial ? gathered(tokens, first) : { first, tokens: [tokens[first]!] });
  }
  return groups;
}

function gathered<T extends TokenView>(tokens: readonly T[], first: number): TokenGroup<T> {
  for (let end = first + 1; end <= tokens.length && tokens[end - 1]!.partial; end++) {
    const parts = tokens.slice(first, end);
    const characters = decoded(parts);
    if (characters !== undefined) return { first, tokens: parts, characters };
  }
  return { first, tokens: [tokens[first]!] };
}

/** The text of parts, whose own text is their bytes in hexadecimal. */
function decoded(parts: readonly TokenView[]): string | undefined {
  const bytes = parts.flatMap(({ text }) => text.split(' ').map((hex) => parseInt(hex, 16)));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}
