import type { ErrorWords } from './errors';

/** Errors of the room `studio`. */
export const studioErrors = {} satisfies Record<string, ErrorWords>;
