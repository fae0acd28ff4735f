// The step that takes lines out that belong to a page and not to its text: notes on cookies and scripts, menus, and
// lines that stand in very many rows.
import { textKey } from '../checks/textKey';
import { rewriting } from './rowText';
import type { CleanStep, CleanRow, StepPass } from './step';

/** As C4 and FineWeb leave them out (Raffel et al. 2020, section 2.2), and their like. */
const PHRASES = [
  ...[
    'lorem ipsum',
    'terms of use',
    'privacy policy',
    'cookie policy',
    'uses cookies',
    'use of cookies',
    'use cookies',
  ],
  ...['enable javascript', 'javascript is disabled', 'requires javascript', 'all rights reserved', 'skip to content'],
  ...['版权所有', '隐私政策', '使用条款', '启用 javascript', '使用 cookie'],
];
/** Longer lines are sentences that speak of such things. */
const LONGEST_LINE = 200;

const isPhrase = (line: string): boolean => {
  const said = line.toLowerCase();
  return said.length <= LONGEST_LINE && PHRASES.some((phrase) => said.includes(phrase));
};

/** Lines of fewer characters repeat by chance. */
const SHORTEST_REPEAT = 20;

/** Lines with the number of rows that have each. */
class LineCounts {
  readonly #rows = new Map<number, number>();

  see({ parts }: CleanRow): void {
    const lines = parts.flatMap(({ text }) => text.split('\n')).filter((line) => line.length >= SHORTEST_REPEAT);
    for (const line of new Set(lines)) this.#rows.set(textKey(line), this.of(line) + 1);
  }

  of(line: string): number {
    return line.length < SHORTEST_REPEAT ? 0 : (this.#rows.get(textKey(line)) ?? 0);
  }
}

function boilerplatePass(most: number): StepPass {
  const counts = new LineCounts();
  const goes = (line: string): boolean => isPhrase(line) || (most > 0 && counts.of(line) > most);
  const pass = rewriting('boilerplate', (text) => withoutLines(text, goes));
  return most > 0 ? { ...pass, see: (row) => counts.see(row) } : pass;
}

function withoutLines(text: string, goes: (line: string) => boolean): string {
  const lines = text.split('\n');
  const kept = lines.filter((line) => !goes(line));
  return kept.length === lines.length ? text : kept.join('\n').trim();
}

export const boilerplateStep: CleanStep<{ most: number }> = {
  kind: 'boilerplate',
  defaults: { most: 0 },
  reasons: ['boilerplate'],
  limits: { most: [0, 100_000] },
  start: ({ most }) => boilerplatePass(most),
};
