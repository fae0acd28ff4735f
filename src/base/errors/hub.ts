/** Errors of fetching a pretrained model: the framed page `models.html`, and the studio that reads from it. */
import type { Cure } from './cure';

export const hubErrors = {
  'hub-name': undefined,
  'hub-repository': undefined,
  'hub-gated': undefined,
  'hub-unreachable': 'retry',
  'hub-changed': 'retry',
} satisfies Record<string, Cure | undefined>;
