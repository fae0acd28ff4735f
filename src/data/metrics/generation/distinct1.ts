// Distinct-1: how varied the words of all answers are.
import { distinctMetric, wordRuns } from './distinctRuns';

export const distinct1 = distinctMetric('distinct1', wordRuns(1));
