// How far the probabilities are from the share that is right, over 15 bins of about as many decisions (adaptive ECE).
import type { Metric } from '../metric';
import { classRowOf, probabilityStats } from './classStats';
import { calibrationError, reliabilityBins } from './reliability';

export const calibrationAdaptive: Metric<'classes'> = {
  key: 'calibrationAdaptive',
  task: 'classes',
  unit: 'share',
  direction: 'down',
  signature: 'bins:15|count',
  slow: true,
  statsOf: probabilityStats,
  ofRows: (rows) => calibrationError(reliabilityBins(rows.map(classRowOf), 'count')),
};
