// The step that leaves out every row that it is for: which those are, its filter says.
import { leftOut } from './rowText';
import type { CleanStep } from './step';

export const leaveOutStep: CleanStep = {
  kind: 'leave-out',
  defaults: {},
  reasons: ['left-out'],
  byHand: true,
  start: () => ({ decide: () => leftOut('left-out') }),
};
