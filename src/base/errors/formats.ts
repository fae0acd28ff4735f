import type { ErrorWords } from './errors';

/** Errors of the room `formats`. */
export const formatErrors = {} satisfies Record<string, ErrorWords>;
