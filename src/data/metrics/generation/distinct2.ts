// Distinct-2: how varied the pairs of words of all answers are.
import { distinctMetric, wordRuns } from './distinctRuns';

export const distinct2 = distinctMetric('distinct2', wordRuns(2));
