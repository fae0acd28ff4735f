// Bits that a byte of text takes under the model: comparable between tokenizers.
import type { Metric } from '../metric';
import { ratioAt } from '../totals';
import { languageSums, NATS, BYTES } from './nats';

export const bitsPerByte: Metric<'language'> = {
  key: 'bitsPerByte',
  task: 'language',
  unit: 'bits',
  direction: 'down',
  statsOf: languageSums,
  perRow: (row) => bitsPerByte.ofRows([row]),
  ofRows: (rows) => {
    const nats = ratioAt(rows, NATS, BYTES);
    return nats === undefined ? undefined : nats / Math.LN2;
  },
};
