/** Classes of which so few texts are trained on that a model can hardly learn them. */
import type { Check } from './check';
import { lookAtClasses } from './classTally';

/** A rule of thumb; the sentence of the finding names it too. */
const FEW = 8;

export const classesFew: Check = {
  code: 'classes-few',
  level: 'warn',
  look: () => lookAtClasses(({ train }) => train > 0 && train < FEW),
};
