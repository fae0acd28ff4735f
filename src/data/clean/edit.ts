// The step of what a person changed by hand: rows by their ids, each with new texts, or left out.
import { jsonTexts } from './jsonTexts';
import { leftOut } from './rowText';
import { textKey } from '../checks/textKey';
import type { CleanStep, RowPart } from './step';

/** One row's change; without texts it is left out. */
export interface HandEdit {
  id: number;
  texts?: readonly string[];
  /** The key of the texts that it was made for: other ones stay as they are. Absent: for any. */
  of?: number;
}

export const keyOfTexts = (parts: readonly RowPart[]): number => textKey(parts.map(({ text }) => text).join('\n'));

/** Edits as a recipe stores them: each as JSON text. */
export const editsIn = (edits: readonly string[]): HandEdit[] => jsonTexts(edits, isEdit);

const isEdit = (value: unknown): value is HandEdit => {
  const { id, texts = [], of = 0 } = (value ?? {}) as { id?: unknown; texts?: unknown; of?: unknown };
  const isChange = Array.isArray(texts) && texts.every((text) => typeof text === 'string');
  return Number.isInteger(id) && Number.isInteger(of) && isChange;
};

export const editStep: CleanStep<{ edits: readonly string[] }> = {
  kind: 'edit',
  defaults: { edits: [] },
  reasons: ['edited', 'dropped', 'edit-other'],
  byHand: true,
  rows: ({ edits }) => editsIn(edits).map(({ id }) => id),
  start: ({ edits }) => {
    const byId = new Map(editsIn(edits).map((change) => [change.id, change]));
    const others = new Set<number>();
    return {
      decide: ({ id, parts }) => {
        const change = byId.get(id);
        if (!change) return { kept: true };
        if (!change.texts) return leftOut('dropped');
        const texts = parts.map(({ text }, i) => change.texts?.[i] ?? text);
        if (parts.every(({ text }, i) => text === texts[i])) return { kept: true };
        if (change.of !== undefined && change.of !== keyOfTexts(parts)) {
          others.add(id);
          return { kept: true };
        }
        return { kept: true, texts, reason: { code: 'edited', facts: {} } };
      },
      notes: () => (others.size ? [{ code: 'edit-other', facts: { count: others.size } }] : []),
    };
  },
};
