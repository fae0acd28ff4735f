/** Errors of fetching a model or a data set: the framed page `models.html`, and the studio that reads from it. */
import type { Cure } from './cure';

export const hubErrors = {
  'hub-name': undefined,
  'hub-repository': undefined,
  'hub-gated': undefined,
  'hub-unreachable': 'retry',
  'hub-changed': 'retry',
  'hub-dataset': undefined,
  'hub-dataset-files': undefined,
  'hub-rows': undefined,
} satisfies Record<string, Cure | undefined>;
