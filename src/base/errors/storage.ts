/** Errors of the room `storage`. */
import type { Cure } from './cure';

export const storageErrors = {
  'storage-unavailable': 'reload',
  'storage-newer': 'reload',
  'storage-blocked': 'reload',
  'storage-closed': 'reload',
  'storage-full': 'open-runs',
  'storage-failed': 'retry',
  'storage-damaged': 'reload',
  'storage-unopened': 'reload',
  'checkpoint-damaged': 'open-runs',
  'prune-failed': undefined,
  'checkpoint-missing': 'open-runs',
  'run-missing': 'open-runs',
  'dataset-missing': 'open-data',
  'dataset-damaged': 'open-data',
  'tokenizer-missing': 'open-data',
  'tokenizer-in-use': 'open-runs',
  'model-missing': 'open-model',
  'talk-missing': undefined,
  'labels-missing': 'open-data',
  'model-damaged': 'open-model',
  'storage-busy': undefined,
  'model-in-use': 'open-runs',
  'prepared-missing': 'open-data',
} satisfies Record<string, Cure | undefined>;
