import type { ErrorWords } from './errors';

/** Errors of the room `storage`. */
export const storageErrors = {} satisfies Record<string, ErrorWords>;
