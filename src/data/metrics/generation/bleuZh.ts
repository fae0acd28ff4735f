// BLEU of Chinese, in which each character is a word.
import { bleuMetric } from './bleuScore';
import { tokensZh } from './bleuTokens';

export const bleuZh = bleuMetric('bleuZh', 'zh', tokensZh);
