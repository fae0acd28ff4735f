// A text cut where marks begin and end: each piece with the marks over it. Offsets are in UTF-16 units.
import type { LabelSpan } from '../../../../base/records/labels';

export interface Segment {
  start: number;
  text: string;
  /** Marks over it, the innermost last. */
  spans: readonly LabelSpan[];
  /** Labels of marks that end here. */
  ends: readonly string[];
}

export function segmentsOf(text: string, part: number, spans: readonly LabelSpan[]): Segment[] {
  const here = spans.filter((span) => span.part === part && span.start < span.end && span.end <= text.length);
  const cuts = [...new Set([0, text.length, ...here.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, i) => {
    const end = cuts[i + 1]!;
    return {
      ...{ start, text: text.slice(start, end) },
      spans: here.filter((span) => span.start <= start && span.end >= end),
      ends: here.filter((span) => span.end === end).map(({ label }) => label),
    };
  });
}

/** A stretch without the blanks at its ends; undefined where nothing else is in it. */
export function trimmedStretch(text: string, start: number, end: number): [start: number, end: number] | undefined {
  const piece = text.slice(start, end);
  const from = start + (piece.length - piece.trimStart().length);
  const to = end - (piece.length - piece.trimEnd().length);
  return from < to ? [from, to] : undefined;
}
