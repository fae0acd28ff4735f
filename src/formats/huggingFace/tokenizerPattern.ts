/**
 * Whether a regular expression of a tokenizer reads any text in one pass. Such patterns come with a model from anywhere
 * and run over all of a person's texts, and no browser can stop an expression that goes back and forth for ever.
 */

/** The longest published one has 540 characters. */
const LONGEST_PATTERN = 2000;
/** Repetitions that are counted. */
const MOST_REPEATED = 64;

/**
 * Parts of published patterns that go back over blanks, or over letters in capitals, which another part of theirs then
 * takes whole.
 */
const KNOWN = new Set([
  '\\s+(?!\\S)',
  '\\s*[\\r\\n]+',
  '\\s*[\\r\\n]',
  '\\s+$',
  '\\s++$',
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
  '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+',
]);

/** One character: an escape, a class, a literal. */
const CHARACTER =
  /\\[pP]\{\^?[\w=&]+\}|\\[sSdDwWnrtfv]|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\[^a-zA-Z0-9]|\[\^?(?:\\.\{\^?[\w=&]+\}|\\.|\[:\^?\w+:\]|[^\]\\[])+\]|[^\\()[\]{}*+?^$|]/uy;
/** A choice of short texts, such as the ends of “it's” and “we're”. */
const CHOICE = /\((?:\?i?:)?(?:[^()[\]\\*+?{}.^$]|\[[^\]\\[^]+\])+\)/uy;
const REPEATED = /(?:([*+?])|\{(\d+)(,?)(\d*)\})[?+]?/uy;

/**
 * Alternatives of characters of which, once one repeats without end, all others may be missing: nothing is ever read
 * twice.
 */
export function readsOnce(pattern: string): boolean {
  return (
    pattern.length <= LONGEST_PATTERN && alternativesOf(pattern).every((part) => KNOWN.has(part) || isSimple(part))
  );
}

/** The parts between the bars that stand in no class and no group. */
function alternativesOf(pattern: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const [token] of pattern.matchAll(/\\[\s\S]|\[(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|[\s\S]/gu)) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === '|' && depth === 0) parts.push('');
    else parts.push(parts.pop()! + token);
  }
  return parts;
}

function isSimple(part: string): boolean {
  let endless = false;
  for (let at = 0; at < part.length;) {
    const character = matchAt(CHARACTER, part, at);
    const item = character ?? matchAt(CHOICE, part, at);
    if (!item) return false;
    at += item[0].length;
    const repeated = matchAt(REPEATED, part, at);
    at += repeated?.[0].length ?? 0;
    const { least, most } = rangeOf(repeated);
    if ((endless && least > 0) || (!character && most > 1) || (most > MOST_REPEATED && most < Infinity)) return false;
    endless ||= most === Infinity;
  }
  return part.length > 0;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function rangeOf(repeated: RegExpExecArray | null): { least: number; most: number } {
  if (!repeated) return { least: 1, most: 1 };
  const [, sign, least, comma, most] = repeated;
  if (sign) return { least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
  return { least: Number(least), most: most ? Number(most) : comma ? Infinity : Number(least) };
}
