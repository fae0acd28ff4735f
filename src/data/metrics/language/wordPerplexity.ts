// Perplexity per word between blanks, as lm-evaluation-harness counts it: comparable between tokenizers.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, NATS, WORDS } from './nats';

export const wordPerplexity: Metric<'language'> = {
  key: 'wordPerplexity',
  task: 'language',
  unit: 'perplexity',
  direction: 'down',
  statsOf: languageSums,
  perRow: (row) => wordPerplexity.ofRows([row]),
  ofRows: (rows) => {
    const nats = ratioAt(rows, NATS, WORDS);
    return nats === undefined ? undefined : Math.exp(nats);
  },
};
