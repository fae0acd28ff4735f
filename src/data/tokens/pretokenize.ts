/**
 * GPT-2's split of text into words, which merges never cross. \p{White_Space} is what \s means to the Rust tokenizers;
 * JavaScript's \s differs in U+0085 and U+FEFF.
 */
const WORD =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const DIGIT_OR_REST = /\p{N}|\P{N}+/gu;

/** The words of a text, in order; together they are the text. With `splitDigits` each digit is a word. */
export function forEachWord(text: string, splitDigits: boolean, use: (word: string) => void): void {
  if (!splitDigits) return forEachMatch(WORD, text, use);
  forEachMatch(DIGIT_OR_REST, text, (part) => forEachMatch(WORD, part, use));
}

/** A regular expression of its own for each call: `use` may split another text meanwhile. */
function forEachMatch(pattern: RegExp, text: string, use: (match: string) => void): void {
  const search = new RegExp(pattern);
  for (let found = search.exec(text); found; found = search.exec(text)) use(found[0]);
}
