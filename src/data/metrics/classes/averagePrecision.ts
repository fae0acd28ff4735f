// How pure the rows are that are held likeliest: the area below precision–recall, as the mean over classes.
import type { Metric } from '../metric';
import { classRowOf, probabilityStats } from './classStats';
import { averagePrecisionOf, meanOverClasses } from './curves';

export const averagePrecision: Metric<'classes'> = {
  key: 'averagePrecision',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'multi_class:ovr|average:macro',
  slow: true,
  statsOf: probabilityStats,
  ofRows: (rows) => meanOverClasses(rows.map(classRowOf), averagePrecisionOf),
};
