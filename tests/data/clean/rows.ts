// Rows as steps see them, and what a step makes of several: made for tests of steps.
import type { RowFacts, StepSettings } from '../../../src/base/records/recipe';
import type { CleanRow, CleanStep, Outcome, RowPart } from '../../../src/data/clean/step';

export const textRow = (text: string, id = 0, facts: RowFacts = {}): CleanRow => ({
  ...{ id, facts, held: facts['split'] === 'validation' },
  parts: [{ kind: 'text', text }],
});

export const turnsRow = (turns: readonly [RowPart['kind'], string][], id = 0, facts: RowFacts = {}): CleanRow => ({
  ...{ id, facts, held: facts['split'] === 'validation' },
  parts: turns.map(([kind, text]) => ({ kind, text })),
});

/** What a step says of each row, in its default settings but those given. */
export async function outcomesOf<S extends StepSettings>(
  step: CleanStep<S>,
  rows: readonly CleanRow[],
  settings: Partial<S> = {},
): Promise<Outcome[]> {
  const pass = step.start({ ...step.defaults, ...settings }, { content: 'text', seed: 1 });
  await pass.load?.();
  if (pass.see) for (const row of rows) pass.see(row);
  await pass.plan?.();
  return rows.map((row) => pass.decide(row));
}

/** The texts after a step; undefined for rows that are left out. */
export async function textsAfter<S extends StepSettings>(
  step: CleanStep<S>,
  texts: readonly string[],
  settings: Partial<S> = {},
): Promise<(string | undefined)[]> {
  const rows = texts.map((text, id) => textRow(text, id));
  const outcomes = await outcomesOf(step, rows, settings);
  return outcomes.map((outcome, i) => (outcome.kept ? (outcome.texts?.[0] ?? texts[i]) : undefined));
}
