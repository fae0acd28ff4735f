/**
 * Whether a regular expression of a tokenizer reads any text in one pass. Such patterns come with a model from anywhere
 * and run over all of a person's texts, and no browser can stop an expression that goes back and forth for ever.
 */

/** The longest published one has 540 characters. */
const LONGEST_PATTERN = 2000;
/** Repetitions that are counted. */
const MOST_REPEATED = 64;
/**
 * Characters that an expression may look at from each place of a text, over all ways to read it. Published patterns
 * stay below 30.
 */
export const MOST_STEPS = 1000;

const BLANKS_FOLLOWING = ['\\s+(?!\\S)', '\\s+'];
const CASED = '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+';
const CAPITALS = '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*';
const ENDINGS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?";

/**
 * Parts of published patterns that go back over blanks, or over letters in capitals. Each is read once only before the
 * part that takes whole what this one gave back, one of those listed; alone it would begin again at every character.
 */
const GIVES_BACK: Record<string, readonly string[]> = {
  '\\s*[\\r\\n]+': BLANKS_FOLLOWING,
  '\\s*[\\r\\n]': BLANKS_FOLLOWING,
  '\\s+$': BLANKS_FOLLOWING,
  '\\s++$': BLANKS_FOLLOWING,
  [CASED]: [CAPITALS],
  [CASED + ENDINGS]: [CAPITALS + ENDINGS],
};
/** Gives back one blank at most: the last. */
const ALL_BUT_ONE = '\\s+(?!\\S)';

/** One character: an escape, a class, a literal. */
const CHARACTER =
  /\\[pP]\{\^?[\w=&]+\}|\\[sSdDwWnrtfv]|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\[^a-zA-Z0-9]|\[\^?(?:\\.\{\^?[\w=&]+\}|\\.|\[:\^?\w+:\]|[^\]\\[])+\]|[^\\()[\]{}*+?^$|]/uy;
/** A choice of short texts, such as the ends of “it's” and “we're”. */
const CHOICE = /\((?:\?i?:)?(?:[^()[\]\\*+?{}.^$]|\[[^\]\\[^]+\])+\)/uy;
/** A sign behind braces but `?` would repeat them once more, as Oniguruma reads it. */
const REPEATED = /([*+?])[?+]?|\{(\d+)(,?)(\d*)\}(?![*+])\??/uy;

/**
 * Alternatives of characters of which, once one repeats without end, all others may be missing: nothing is ever read
 * twice. What repeats up to a bound before that may be read in as many ways as the bounds multiply to, which is bounded
 * over all alternatives.
 */
export function readsOnce(pattern: string): boolean {
  return patternSteps(pattern) <= MOST_STEPS;
}

/** Characters that a pattern looks at from each place of a text, at most; Infinity where nothing bounds them. */
export function patternSteps(pattern: string): number {
  if (pattern.length > LONGEST_PATTERN) return Infinity;
  const parts = alternativesOf(pattern);
  return parts.reduce((steps, part, i) => steps + stepsOf(part, parts.slice(i + 1)), 0);
}

/** What an alternative costs at each place of a text; Infinity where no bound is known. */
function stepsOf(part: string, following: readonly string[]): number {
  if (part === ALL_BUT_ONE) return 1;
  if (!Object.hasOwn(GIVES_BACK, part)) return simpleSteps(part);
  const next = following.find((other) => !Object.hasOwn(GIVES_BACK, other));
  return next !== undefined && GIVES_BACK[part]!.includes(next) ? 1 : Infinity;
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

/** A character or a choice, with how often it may stand there. */
interface Item {
  least: number;
  most: number;
  /** Characters of one of it. */
  length: number;
  /** Ways to read one of it at one place. */
  ways: number;
}

function simpleSteps(part: string): number {
  const items = itemsOf(part);
  const endless = items?.findIndex(({ most }) => most === Infinity) ?? -1;
  if (!items?.length || (endless >= 0 && items.slice(endless + 1).some(({ least }) => least > 0))) return Infinity;
  // from the endless one on, whatever comes fits: nothing is given back
  const given = endless < 0 ? items : items.slice(0, endless + 1);
  let [steps, ways] = [0, 1];
  for (const { least, most, length, ways: each } of given) {
    steps += ways * Math.max(1, most === Infinity ? least : most * length * each);
    ways *= most === Infinity ? 1 : most - least + each;
  }
  return steps;
}

/** The items of an alternative; undefined where there is anything else in it, or a bound is too large. */
function itemsOf(part: string): Item[] | undefined {
  const items: Item[] = [];
  for (let at = 0; at < part.length;) {
    const character = matchAt(CHARACTER, part, at);
    const item = character ?? matchAt(CHOICE, part, at);
    if (!item) return undefined;
    at += item[0].length;
    const repeated = matchAt(REPEATED, part, at);
    at += repeated?.[0].length ?? 0;
    const { least, most } = rangeOf(repeated);
    const counted = most === Infinity ? least : most;
    if (counted < least || counted > MOST_REPEATED || (!character && most > 1)) return undefined;
    const choices = character ? ['1'] : item[0].split('|');
    const length = Math.max(...choices.map((choice) => choice.length));
    items.push({ least, most, length, ways: choices.length });
  }
  return items;
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
