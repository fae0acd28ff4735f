/** Classes that stand in held-out rows alone: nothing teaches them. */
import type { Check } from './check';
import { lookAtClasses } from './classTally';

export const classesHeldOnly: Check = {
  code: 'classes-held-only',
  level: 'warn',
  look: () => lookAtClasses(({ train }) => train === 0),
};
