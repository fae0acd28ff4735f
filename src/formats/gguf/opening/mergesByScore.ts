// Merges of byte-pair encoding out of the scores that a SentencePiece vocabulary has: two neighbours become the token
// of the highest score that they spell.
import { KIND } from '../ggufTokenizer';

/** A token of the list. */
export interface VocabularyToken {
  text: string;
  kind: number;
}

/**
 * The ways to put each token together of two others, the highest score first. Tokens that are no plain text are found
 * before merging.
 */
export function mergesByScore(tokens: readonly VocabularyToken[], scores: readonly number[]): [string, string][] {
  const ids = new Set(tokens.map(({ text }) => text));
  const found: { left: string; right: string; score: number }[] = [];
  tokens.forEach(({ text, kind }, id) => {
    if (kind !== KIND.normal) return;
    for (let at = widthAt(text, 0); at < text.length; at += widthAt(text, at)) {
      const left = text.slice(0, at);
      if (!ids.has(left)) continue;
      const right = text.slice(at);
      if (ids.has(right)) found.push({ left, right, score: scores[id]! });
    }
  });
  // sort is stable: the order of tokens decides between equal scores
  return found.sort((a, b) => b.score - a.score).map(({ left, right }) => [left, right]);
}

/** Units of the character at a place. */
const widthAt = (text: string, at: number): number => (text.codePointAt(at)! > 0xffff ? 2 : 1);
