// Between how many tokens the model wavers, on average. Depends on the tokenizer: compare one tokenizer's only.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, NATS, TOKENS } from './nats';

export const perplexity: Metric<'language'> = {
  key: 'perplexity',
  task: 'language',
  unit: 'perplexity',
  direction: 'down',
  statsOf: languageSums,
  perRow: (row) => perplexity.ofRows([row]),
  ofRows: (rows) => {
    const nats = ratioAt(rows, NATS, TOKENS);
    return nats === undefined ? undefined : Math.exp(nats);
  },
};
