/** A stretch of an answer; `own`: the other answer does not have it. */
export interface DiffSpan {
  text: string;
  own: boolean;
  /** Its first token, and the first one behind it. */
  from: number;
  to: number;
}

/**
 * Cells of the table below; where two answers would need more, all between what both begin and end with counts as
 * different.
 */
const MOST_CELLS = 4_000_000;

/** Two answers, token by token, with what each has for itself: all but a longest common subsequence. */
export function differences(a: readonly string[], b: readonly string[]): [DiffSpan[], DiffSpan[]] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = commonOf(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const marks = (pieces: readonly string[], common: readonly boolean[]): DiffSpan[] =>
    stretches(pieces, (i) => i >= start && i < pieces.length - end && !common[i - start]);
  return [marks(a, middle[0]), marks(b, middle[1])];
}

/** Which pieces of each are in a longest common subsequence (Wagner and Fischer, 1974). */
function commonOf(a: readonly string[], b: readonly string[]): [boolean[], boolean[]] {
  const marks: [boolean[], boolean[]] = [a.map(() => false), b.map(() => false)];
  const width = b.length + 1;
  if ((a.length + 1) * width > MOST_CELLS) return marks;
  // longest[i, j]: of a from i on and b from j on
  const longest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? 1 + longest[(i + 1) * width + j + 1]!
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) marks[0][i++] = marks[1][j++] = true;
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++;
    else j++;
  }
  return marks;
}

function stretches(pieces: readonly string[], isOwn: (index: number) => boolean): DiffSpan[] {
  const out: DiffSpan[] = [];
  pieces.forEach((text, i) => {
    const own = isOwn(i);
    const last = out.at(-1);
    if (last?.own === own) {
      last.text += text;
      last.to = i + 1;
    } else out.push({ text, own, from: i, to: i + 1 });
  });
  return out;
}

/** Tokens that both begin with. */
export function tokensBeforeParting(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((piece, i) => piece !== b[i]);
  return at < 0 ? a.length : at;
}
