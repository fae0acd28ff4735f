/** Where a window of tokens begins in its text: a number, or an object that follows a text that becomes longer. */

/** Position of a window's first token. An object is read when params are written: a replay has the position of then. */
export type WindowStart = number | { readonly position: number };

export const startOf = (start: WindowStart): number => (typeof start === 'number' ? start : start.position);

/** The field `start` of a params struct, for `Struct.split`: live where it is an object. */
export const startField = (start: WindowStart): { start: number } | (() => { start: number }) =>
  typeof start === 'number' ? { start } : () => ({ start: start.position });
