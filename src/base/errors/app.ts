/** Errors that the page itself meets. */
import type { Cure } from './cure';

export const appErrors = {
  'worker-failed': 'reload',
  'worker-silent': undefined,
  'answer-weights-gone': undefined,
  'page-missing': 'retry',
  'paste-empty': undefined,
} satisfies Record<string, Cure | undefined>;
