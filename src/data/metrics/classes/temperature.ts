// Temperature scaling (Guo and others, 2017): the one number that the logits are divided by so that the loss on
// held-out rows is least. It changes how sure a classifier is, and which class it picks never.
import type { ClassRow } from '../metric';
import { rowLogLoss } from './logLoss';

/** Beyond these the rows say only "more": all right, or all wrong. */
const [COLDEST, HOTTEST] = [0.05, 20];
const LEAST = 1e-30;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

const kept = (probability: number): number => Math.max(probability, LEAST);

/** The probabilities of a row at a temperature; its own at 1. */
export function atTemperature(row: ClassRow, temperature: number): ClassRow {
  const { probabilities, several } = row;
  if (several) {
    const logits = probabilities.map((p) => Math.log(kept(p)) - Math.log(kept(1 - p)));
    return { ...row, probabilities: logits.map((logit) => 1 / (1 + Math.exp(-logit / temperature))) };
  }
  const scaled = probabilities.map((p) => Math.log(kept(p)) / temperature);
  const most = Math.max(...scaled);
  const parts = scaled.map((logit) => Math.exp(logit - most));
  const whole = parts.reduce((a, b) => a + b, 0);
  return { ...row, probabilities: parts.map((part) => part / whole) };
}

function lossAt(rows: readonly ClassRow[], temperature: number): number {
  const losses = rows.map((row) => rowLogLoss(atTemperature(row, temperature)) ?? 0);
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

/**
 * The temperature of least loss, to four digits; undefined of no rows, and where the loss falls to the end of the
 * range (`COLDEST` … `HOTTEST`): such rows say no number. Golden-section search over ln T, along which the loss has one
 * valley.
 */
export function fitTemperature(rows: readonly ClassRow[]): number | undefined {
  if (rows.length === 0) return undefined;
  const [least, most] = [Math.log(COLDEST), Math.log(HOTTEST)];
  let [low, high] = [least, most];
  const loss = (at: number): number => lossAt(rows, Math.exp(at));
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [lossA, lossB] = [loss(a), loss(b)];
  while (high - low > 1e-6) {
    if (lossA <= lossB) {
      [high, b, lossB] = [b, a, lossA];
      a = high - GOLDEN * (high - low);
      lossA = loss(a);
    } else {
      [low, a, lossA] = [a, b, lossB];
      b = low + GOLDEN * (high - low);
      lossB = loss(b);
    }
  }
  const found = (low + high) / 2;
  return found - least < 1e-3 || most - found < 1e-3 ? undefined : Math.exp(found);
}
