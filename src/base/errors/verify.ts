/** Errors of running a saved file in llama.cpp, in the framed page `verify.html`. */
import type { Cure } from './cure';

export const verifyErrors = {
  'llama-failed': 'retry',
  'llama-tokens': undefined,
  'llama-no-text': undefined,
} satisfies Record<string, Cure | undefined>;
