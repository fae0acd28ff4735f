// ROUGE-2 over stems: pairs of words that answer and reference share, English endings cut off.
import { rougeMetric } from './rougeScore';

export const rouge2Stem = rougeMetric('rouge2Stem', 2, true);
