// ROUGE-2: pairs of words that answer and reference share, as they are written.
import { rougeMetric } from './rougeScore';

export const rouge2 = rougeMetric('rouge2', 2, false);
