// The names that the form of a run and its draft share.
import type { TrainSettings } from '../../base/settings/trainSettings';

/** A new model, a pretrained one that is tuned, or the weights of a run that are trained further. */
export type TrainMode = 'scratch' | 'pretrained' | 'further';

/** The number fields of the form. */
export type NumberFieldName = keyof TrainSettings | 'vocabulary' | 'validation';

interface FieldsOnForm {
  mode: TrainMode;
  tokenizer: string;
  fixed: Partial<TrainSettings>;
  matters: (name: keyof TrainSettings) => boolean;
}

/** Whether what is typed in a field has a say in a run. */
export function fieldCounts({ mode, tokenizer, fixed, matters }: FieldsOnForm, name: NumberFieldName): boolean {
  if (name === 'validation') return true;
  if (name === 'vocabulary') return mode === 'scratch' && tokenizer === 'new-bpe';
  return matters(name) && !(name in fixed);
}
