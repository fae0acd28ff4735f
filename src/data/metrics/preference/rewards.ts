// What a pair of answers is worth to a model beside its reference: DPO's reward, β · (log π − log π_ref), as TRL logs
// it.
import type { PreferenceRow } from '../metric';

/** The chosen answer's reward less the rejected one's; undefined without a reference. */
export const rewardMarginOf = ({ chosen, rejected, reference }: PreferenceRow): number | undefined =>
  reference && reference.beta * (chosen - reference.chosen - (rejected - reference.rejected));
