// The step of what a person changed by hand: rows by their ids, each with new texts, or left out.
import { leftOut } from './rowText';
import type { CleanStep } from './step';

/** One row's change; without texts it is left out. */
export interface HandEdit {
  id: number;
  texts?: readonly string[];
}

/** Edits as a recipe stores them: each as JSON text. */
export const editsIn = (edits: readonly string[]): HandEdit[] =>
  edits.flatMap((text) => {
    const edit = parsed(text);
    return isEdit(edit) ? [edit] : [];
  });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isEdit = (value: unknown): value is HandEdit => {
  const { id, texts = [] } = (value ?? {}) as { id?: unknown; texts?: unknown };
  return Number.isInteger(id) && Array.isArray(texts) && texts.every((text) => typeof text === 'string');
};

export const editStep: CleanStep<{ edits: readonly string[] }> = {
  kind: 'edit',
  defaults: { edits: [] },
  reasons: ['edited', 'dropped'],
  byHand: true,
  rows: ({ edits }) => editsIn(edits).map(({ id }) => id),
  start: ({ edits }) => {
    const byId = new Map(editsIn(edits).map((change) => [change.id, change]));
    return {
      decide: ({ id, parts }) => {
        const change = byId.get(id);
        if (!change) return { kept: true };
        if (!change.texts) return leftOut('dropped');
        const texts = parts.map(({ text }, i) => change.texts?.[i] ?? text);
        return { kept: true, texts, reason: { code: 'edited', facts: {} } };
      },
    };
  },
};
