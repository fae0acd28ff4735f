// Whether a pattern that a person or a file asks of answers ends by itself: no browser can stop an expression that goes
// back and forth for ever. Answers are short, so only what doubles with each character is refused.

const TOKEN = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?(?:[:=!]|<[=!]|<[^>]*>)|\{\d*,?\d*\}|[\s\S]/gu;
const LONGEST = 1000;

interface Group {
  /** Something in it repeats without end. */
  repeats: boolean;
  /** What its alternatives begin with; undefined where one begins with no plain character. */
  begins: (string | undefined)[];
}

const isEndless = (token: string): boolean => token === '*' || token === '+' || /^\{\d+,\}$/.test(token);
const isRepeated = (token: string): boolean => isEndless(token) || /^\{\d*,?\d*\}$/.test(token);
const isPlain = (token: string): boolean => /^[\p{L}\p{N} ]$/u.test(token);

/** Alternatives of which two may begin alike can each be taken. */
const isAmbiguous = ({ begins }: Group): boolean =>
  begins.length > 1 && (begins.includes(undefined) || new Set(begins).size < begins.length);

/** False of what is no pattern, of a reference back, and of a repetition within a repetition. */
export function isSteadyPattern(pattern: string): boolean {
  if (pattern.length > LONGEST || /\\[1-9]|\\k</.test(pattern)) return false;
  try {
    new RegExp(pattern);
  } catch {
    return false;
  }
  const open: Group[] = [{ repeats: false, begins: [] }];
  let closed: Group | undefined;
  let begins = true;
  for (const [token] of pattern.matchAll(TOKEN)) {
    const group = open.at(-1)!;
    if (closed && isRepeated(token) && (closed.repeats || isAmbiguous(closed))) return false;
    if (isEndless(token)) group.repeats = true;
    if (token.startsWith('(')) {
      if (begins) group.begins.push(undefined);
      open.push({ repeats: false, begins: [] });
      begins = true;
      closed = undefined;
      continue;
    }
    closed = token === ')' ? open.pop() : undefined;
    if (closed?.repeats) open.at(-1)!.repeats = true;
    if (token === '|') begins = true;
    else if (token !== ')') {
      if (begins) group.begins.push(isPlain(token) ? token : undefined);
      begins = false;
    } else begins = false;
  }
  return true;
}
