// Perplexity per byte of UTF-8, as lm-evaluation-harness counts it: comparable between tokenizers.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, NATS, BYTES } from './nats';

export const bytePerplexity: Metric<'language'> = {
  key: 'bytePerplexity',
  task: 'language',
  unit: 'perplexity',
  direction: 'down',
  statsOf: languageSums,
  perRow: (row) => bytePerplexity.ofRows([row]),
  ofRows: (rows) => {
    const nats = ratioAt(rows, NATS, BYTES);
    return nats === undefined ? undefined : Math.exp(nats);
  },
};
