// ROUGE-L over stems: the longest sequence of words in order that answer and reference share, English endings cut off.
import { rougeMetric } from './rougeScore';

export const rougeLStem = rougeMetric('rougeLStem', 'L', true);
