import type { ErrorWords } from './errors';

/** Errors of the room `engine`. */
export const engineErrors = {} satisfies Record<string, ErrorWords>;
