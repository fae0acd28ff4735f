// A text before and after as stretches that stay, go and come: a bounded number of them, whatever the texts are.

export interface DiffPart {
  kind: 'same' | 'gone' | 'new';
  text: string;
  /** What was found in it. */
  found?: Marked['reason'];
}

/** A stretch of a text in which something was found. */
export interface Marked {
  start: number;
  end: number;
  reason: { code: string; facts: Record<string, string | number> };
}

/** Stretches of one text on the page; what is left over stands in the last ones. */
export const MOST_PARTS = 36;
/** A stretch that stays is cut in its middle: what changed is to be seen. */
const LONGEST_SAME = 240;
/** Scripts without blanks between words are compared character by character, the words and numbers among them whole. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;
const PIECES = /(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])[\p{L}\p{N}\p{M}_])+|[^]/gu;

/** @param spans Where nothing else differs, they are marked */
export async function diffParts(
  before: string,
  after: string | undefined,
  spans: readonly Marked[] = [],
): Promise<DiffPart[]> {
  if (after === undefined) return markedParts(before, spans, 'gone');
  if (after === before) return markedParts(before, spans, 'same').map(shortPart);
  const { diffArrays, diffWordsWithSpace } = await import('diff');
  const pieces = (text: string): string[] => text.match(PIECES) ?? [];
  const changes = UNSPACED.test(before + after)
    ? diffArrays(pieces(before), pieces(after)).map((change) => ({ ...change, value: change.value.join('') }))
    : diffWordsWithSpace(before, after);
  const parts = changes.map(({ added, removed, value }): DiffPart => ({
    kind: added ? 'new' : removed ? 'gone' : 'same',
    text: value,
  }));
  return bounded(parts).map(shortPart);
}

/** Stretches that overlap an earlier one, or are too many, are not marked. */
function markedParts(text: string, spans: readonly Marked[], kind: 'same' | 'gone'): DiffPart[] {
  const parts: DiffPart[] = [];
  let at = 0;
  const upTo = (end: number, found?: Marked['reason']): void => {
    if (end > at) parts.push({ kind, text: text.slice(at, end), ...(found !== undefined && { found }) });
    at = Math.max(at, end);
  };
  const apart = [...spans].sort((a, b) => a.start - b.start);
  for (const { start, end, reason } of apart) {
    if (start < at || parts.length >= MOST_PARTS - 2) continue;
    upTo(start);
    upTo(end, reason);
  }
  upTo(text.length);
  return parts;
}

const shortPart = (part: DiffPart): DiffPart =>
  part.kind === 'same' && part.found === undefined ? { ...part, text: shortened(part.text) } : part;

/** Of too many stretches, the last become two: all that goes, then all that comes. */
function bounded(parts: readonly DiffPart[]): DiffPart[] {
  if (parts.length <= MOST_PARTS) return [...parts];
  const [first, rest] = [parts.slice(0, MOST_PARTS - 2), parts.slice(MOST_PARTS - 2)];
  const joined = (not: DiffPart['kind']): string =>
    rest.flatMap(({ kind, text }) => (kind === not ? [] : [text])).join('');
  return [...first, { kind: 'gone', text: joined('new') }, { kind: 'new', text: joined('gone') }];
}

const shortened = (text: string): string =>
  text.length <= LONGEST_SAME ? text : `${text.slice(0, LONGEST_SAME / 2)} … ${text.slice(-LONGEST_SAME / 2)}`;
