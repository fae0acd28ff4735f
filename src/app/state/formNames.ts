// The names that the form of a run and its draft share.
import type { TrainSettings } from '../../base/settings/trainSettings';

/** A new model, a pretrained one that is tuned, or the weights of a run that are trained further. */
export type TrainMode = 'scratch' | 'pretrained' | 'further';

/** The number fields of the form. */
export type NumberFieldName = keyof TrainSettings | 'vocabulary' | 'validation';
