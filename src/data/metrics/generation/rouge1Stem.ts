// ROUGE-1 over stems: words that answer and reference share, English endings cut off.
import { rougeMetric } from './rougeScore';

export const rouge1Stem = rougeMetric('rouge1Stem', 1, true);
