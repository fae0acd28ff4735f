/** Errors that the page itself meets. */
import type { Cure } from './cure';

export const appErrors = {
  'worker-failed': 'reload',
  'paste-empty': undefined,
} satisfies Record<string, Cure | undefined>;
