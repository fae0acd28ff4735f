/** Errors that the page itself meets. */
import type { Cure } from './cure';

export const appErrors = {
  'worker-failed': 'reload',
  'worker-silent': undefined,
  'paste-empty': undefined,
} satisfies Record<string, Cure | undefined>;
