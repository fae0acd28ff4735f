// BLEU of languages with blanks between words.
import { bleuMetric } from './bleuScore';
import { tokens13a } from './bleuTokens';

export const bleu = bleuMetric('bleu', '13a', tokens13a);
