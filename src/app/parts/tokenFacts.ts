// Facts about one token, and its text with signs for what cannot be seen.
import type { TokenView } from '../../base/wire/requests';
import { m } from '../words/generated/messages.js';
import { language } from '../words/language.svelte';
import type { inspector } from '../world';

/** A token as the inspector explains it. */
export const inspectedToken = (token: TokenView): Parameters<typeof inspector.show>[0] => ({
  key: `token-${token.id}`,
  title: () => m.data_token_title(),
  quote: () => token.text,
  text: () => (token.partial ? [m.data_token_partial()] : []),
  facts: () => tokenFacts(token),
});

export function tokenFacts(token: TokenView): [label: string, value: string][] {
  const { format } = language;
  return [
    [m.data_token_id(), format.integer(token.id)],
    [m.data_token_bytes(), format.integer(token.bytes)],
    [m.data_token_code(), codePoints(token)],
  ];
}

/** `U+0061 U+0062`, or the bytes where the token is a part of a character. */
function codePoints(token: TokenView): string {
  if (token.partial) return token.text;
  return Array.from(token.text)
    .slice(0, 16)
    .map((c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}

const SIGNS: Record<string, string> = { ' ': '␣', '\n': '⏎', '\t': '→' };

/** Spaces, line ends and control characters as signs or numbers, or a token of them would look empty. */
export const visible = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zs}\u00ad]/gu,
    (c) => SIGNS[c] ?? `\\x${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}`,
  );
