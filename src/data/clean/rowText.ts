// What steps read of a row: all of its text, what is asked, or what is answered. And what a rewritten row is.
import type { CleanRow, Outcome, RowPart, StepPass } from './step';

/** Which part of a row a step looks at. */
export const LOOKED_AT = ['row', 'question', 'answer'] as const;
export type LookedAt = (typeof LOOKED_AT)[number];

const joined = (parts: readonly RowPart[]): string => parts.map(({ text }) => text).join('\n');

/**
 * A plain text is its own question and has no answer. Of a conversation the last answer counts, and all before it is
 * what was asked.
 */
export function lookedAtText({ parts }: CleanRow, on: LookedAt): string {
  const last = parts.findLastIndex(({ kind }) => kind === 'answer');
  if (on === 'row' || (on === 'question' && last < 0)) return joined(parts);
  if (on === 'question') return joined(parts.slice(0, last));
  return last < 0 ? '' : joined(parts.slice(last));
}

/** What tells rows apart that have the same texts: which tools they call, and with what. */
export const comparedText = (row: CleanRow, on: LookedAt): string =>
  lookedAtText(row, on) + (on === 'question' || row.calls === undefined ? '' : `\n${row.calls}`);

/** A step that rewrites each part by itself, but for what a tool was given; the reason has the code. */
export const rewriting = (code: string, rewrite: (text: string) => string): StepPass => ({
  decide: ({ parts }) => rewritten(parts, rewrite, code),
});

function rewritten(parts: readonly RowPart[], rewrite: (text: string) => string, code: string): Outcome {
  const texts = parts.map(({ kind, text }) => (kind === 'argument' ? text : rewrite(text)));
  const same = texts.every((text, i) => text === parts[i]!.text);
  return same ? { kept: true } : { kept: true, texts, reason: { code, facts: {} } };
}

export const leftOut = (code: string, facts: Record<string, string | number> = {}): Outcome => ({
  kept: false,
  reason: { code, facts },
});

/** Units of a text as a person counts them: code points. */
export const codePointsIn = (text: string): number => {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) pairs++;
  return text.length - pairs;
};
