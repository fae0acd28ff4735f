/** Errors of the room `data`. */
import type { Cure } from './cure';

export const dataErrors = {
  'vocabulary-small': 'open-data',
  'vocabulary-text': 'open-data',
  'text-too-short': 'open-data',
  'template-broken': 'open-model',
  'template-long': 'open-model',
  'template-refused': undefined,
  'template-slow': 'open-model',
  'tokenizer-slow': 'open-model',
  'template-not-prefix': undefined,
  'template-opens-otherwise': undefined,
  'label-other': 'reload',
  'label-file-unknown': undefined,
  'label-file-large': undefined,
  'label-file-kind': undefined,
  'labels-none': undefined,
  'message-weight': 'open-data',
  'rows-ungraded': 'open-data',
  'rows-unlabelled': 'open-data',
  'classes-many': 'open-data',
  'classes-one': 'open-data',
  'classes-several-many': 'open-data',
  'classes-not-several': 'open-model',
  'class-unknown': 'open-data',
} satisfies Record<string, Cure | undefined>;
