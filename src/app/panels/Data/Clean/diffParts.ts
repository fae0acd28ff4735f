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

/** @param spans Where nothing but they differs, each is marked, with what came in its place */
export async function diffParts(
  before: string,
  after: string | undefined,
  spans: readonly Marked[] = [],
): Promise<DiffPart[]> {
  if (after === undefined) return markedParts(before, spans, 'gone');
  if (after === before) return markedParts(before, spans, 'same').map(shortPart);
  const replaced = replacedParts(before, after, spans);
  if (replaced) return bounded(replaced).map(shortPart);
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

/** In their order, without those that overlap an earlier one. */
function apart(spans: readonly Marked[]): Marked[] {
  let at = 0;
  return [...spans].sort((a, b) => a.start - b.start).filter(({ start, end }) => start >= at && ((at = end), true));
}

/** Undefined unless the texts between the stretches stand in `after` as they are. */
function replacedParts(before: string, after: string, spans: readonly Marked[]): DiffPart[] | undefined {
  const found = apart(spans);
  const lead = before.slice(0, found[0]?.start);
  if (!found.length || !after.startsWith(lead)) return undefined;
  const parts: DiffPart[] = [{ kind: 'same', text: lead }];
  let to = lead.length;
  for (const [i, { start, end, reason }] of found.entries()) {
    const next = found[i + 1]?.start;
    const gap = before.slice(end, next);
    const at = next === undefined ? after.length - gap.length : after.indexOf(gap, to);
    if (at < to || !after.startsWith(gap, at) || (gap === '' && next !== undefined)) return undefined;
    parts.push({ kind: 'gone', text: before.slice(start, end), found: reason });
    parts.push({ kind: 'new', text: after.slice(to, at) }, { kind: 'same', text: gap });
    to = at + gap.length;
  }
  return parts.filter(({ text }) => text !== '');
}

/** Stretches that overlap an earlier one, or are too many, are not marked. */
function markedParts(text: string, spans: readonly Marked[], kind: 'same' | 'gone'): DiffPart[] {
  const parts: DiffPart[] = [];
  let at = 0;
  const upTo = (end: number, found?: Marked['reason']): void => {
    if (end > at) parts.push({ kind, text: text.slice(at, end), ...(found !== undefined && { found }) });
    at = Math.max(at, end);
  };
  for (const { start, end, reason } of apart(spans)) {
    if (parts.length >= MOST_PARTS - 2) break;
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
