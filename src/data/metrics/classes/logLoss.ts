// The loss of the probabilities in nats: of the right label, or where a row may have several of all labels' yes and no.
import type { ClassRow } from '../metric';
import { meanMetric } from '../totals';
import { isScorable } from './classStats';

/** A probability of 0 would be an endless loss; as scikit-learn, by the spacing of doubles. */
const LEAST = Number.EPSILON;
const lossOf = (probability: number): number => -Math.log(Math.min(Math.max(probability, LEAST), 1 - LEAST));

export function rowLogLoss(row: ClassRow): number | undefined {
  const { probabilities, labels, several } = row;
  if (!isScorable(row)) return undefined;
  if (!several) return lossOf(probabilities[labels[0]!]!);
  const losses = probabilities.map((p, label) => lossOf(labels.includes(label) ? p : 1 - p));
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

export const logLoss = meanMetric<'classes'>(
  { key: 'logLoss', task: 'classes', unit: 'nats', direction: 'down' },
  rowLogLoss,
);
