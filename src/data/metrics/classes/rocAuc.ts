// How often a row of a class is held likelier to be of it than a row of another: the area below ROC, as the mean over
// classes.
import type { Metric } from '../metric';
import { classRowOf, probabilityStats } from './classStats';
import { rocArea, meanOverClasses } from './curves';

export const rocAuc: Metric<'classes'> = {
  key: 'rocAuc',
  task: 'classes',
  unit: 'share',
  direction: 'up',
  signature: 'multi_class:ovr|average:macro',
  slow: true,
  statsOf: probabilityStats,
  ofRows: (rows) => meanOverClasses(rows.map(classRowOf), rocArea),
};
