/** Errors of reading a saved file back, and of running it in llama.cpp in the framed page `verify.html`. */
import type { Cure } from './cure';

export const verifyErrors = {
  'verify-is-adapter': undefined,
  'verify-is-model': undefined,
  'llama-failed': 'retry',
  'llama-tokens': undefined,
  'llama-no-text': undefined,
} satisfies Record<string, Cure | undefined>;
