/** Where a window of tokens begins in its text: a number, or an object that follows a text that becomes longer. */

/**
 * Position of a window's first token. An object is read each time params are written, so a replay uses the position of
 * that moment.
 */
export type WindowStart = number | { readonly position: number };

export const startOf = (start: WindowStart): number => (typeof start === 'number' ? start : start.position);

/** The field `start` of a params struct, for `Struct.split`: live where it is an object. */
export const startField = (start: WindowStart): { start: number } | (() => { start: number }) =>
  typeof start === 'number' ? { start } : () => ({ start: start.position });
