// The step of rows that a model wrote and a person accepted: another wording of a row, behind the row that it is of.
import { copyFacts, mayHaveCopies, withCopies } from './copies';
import { jsonTexts } from './jsonTexts';
import type { AddedRow, CleanRow, CleanStep, Outcome, RowPart } from './step';

/** One accepted wording: of the text, of the last question or of the last answer. */
interface Wording {
  /** The id of the row. */
  of: number;
  on: 'question' | 'answer';
  text: string;
  model: string;
}

/** The column of the model's name. */
const MODEL_COLUMN = 'augmented-model';
const KIND = 'paraphrase';

const KINDS: Record<Wording['on'], readonly RowPart['kind'][]> = { question: ['question', 'text'], answer: ['answer'] };

function addedOf(row: CleanRow, { on, text, model }: Wording): AddedRow[] {
  const place = row.parts.findLastIndex(({ kind }) => KINDS[on].includes(kind));
  if (place < 0 || row.parts[place]!.text === text) return [];
  const texts = row.parts.map((part, i) => (i === place ? text : part.text));
  return [{ texts, facts: { ...copyFacts(row, KIND), [MODEL_COLUMN]: model } }];
}

export const modelRowsStep: CleanStep<{ rows: readonly string[] }> = {
  kind: 'model-rows',
  defaults: { rows: [] },
  reasons: ['model-rows'],
  byHand: true,
  rows: ({ rows }) => [...new Set(wordingsIn(rows).map(({ of }) => of))],
  start: ({ rows }) => {
    const byRow = new Map<number, Wording[]>();
    for (const wording of wordingsIn(rows)) byRow.set(wording.of, [...(byRow.get(wording.of) ?? []), wording]);
    const decide = (row: CleanRow): Outcome => {
      const wordings = mayHaveCopies(row) ? (byRow.get(row.id) ?? []) : [];
      const adds = wordings.flatMap((wording) => addedOf(row, wording));
      return adds.length ? withCopies(row, adds, 'model-rows') : { kept: true };
    };
    return { adds: true, decide };
  },
};

const wordingsIn = (rows: readonly string[]): Wording[] => jsonTexts(rows, isWording);

function isWording(value: unknown): value is Wording {
  const { of, on, text, model } = (value ?? {}) as Record<string, unknown>;
  const told = (on === 'question' || on === 'answer') && typeof model === 'string';
  return Number.isInteger(of) && told && typeof text === 'string' && text.trim() !== '';
}
