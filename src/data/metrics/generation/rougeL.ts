// ROUGE-L: the longest sequence of words in order that answer and reference share, as they are written.
import { rougeMetric } from './rougeScore';

export const rougeL = rougeMetric('rougeL', 'L', false);
