// The note of a run that was typed and not stored yet, out of a kept draft.

/** Undefined where the draft is of another run, or is none: any JSON may lie there. */
export function notePending(draft: unknown, run: string): string | undefined {
  if (typeof draft !== 'object' || draft === null) return undefined;
  const { run: of, note } = draft as Record<string, unknown>;
  return of === run && typeof note === 'string' ? note : undefined;
}
