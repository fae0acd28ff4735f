// How far the probabilities are from the share that is right, over 15 bins of one width (ECE).
import type { Metric } from '../metric';
import { classRowOf, probabilityStats } from './classStats';
import { calibrationError, reliabilityBins } from './reliability';

export const calibration: Metric<'classes'> = {
  key: 'calibration',
  task: 'classes',
  unit: 'share',
  direction: 'down',
  signature: 'bins:15|width',
  slow: true,
  statsOf: probabilityStats,
  ofRows: (rows) => calibrationError(reliabilityBins(rows.map(classRowOf), 'width')),
};
