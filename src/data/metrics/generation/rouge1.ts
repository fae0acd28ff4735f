// ROUGE-1: words that answer and reference share, as they are written.
import { rougeMetric } from './rougeScore';

export const rouge1 = rougeMetric('rouge1', 1, false);
