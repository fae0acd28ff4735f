import type { ErrorWords } from './errors';

/** Errors of the room `data`. */
export const dataErrors = {} satisfies Record<string, ErrorWords>;
