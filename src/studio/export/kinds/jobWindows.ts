// The windows of a run as lines of JSON, token by token, for trainers that take ids instead of text.
import { sidesOf, windowsIn, type Batch, type TokenBatch, type Windows } from '../../../base/batch';
import type { TrainSettings } from '../../../base/settings/trainSettings';

/**
 * `count` windows from `cursor` on, in the order in which the run reads them: rows of ids, and labels that are -100
 * outside the loss mask. The two rows of a pair are the chosen and the rejected answer; `graded` is the number of
 * labels of the chosen answers of a micro-batch, averaged over its step. Of KTO the two rows are an answer, whose
 * `label` says whether it is good, and the mismatched one.
 */
export function* windowLines(
  windows: Windows,
  cursor: number,
  count: number,
  { accumulate, batchSize }: TrainSettings,
): Generator<string> {
  for (let at = cursor; at < cursor + count; at += accumulate * batchSize) {
    const step = windows.trainBatches(at).flatMap(windowsOf);
    const graded = step[0]!.paired ? { graded: chosenLabels(step) / accumulate } : {};
    for (const { rows, isGood } of step) yield JSON.stringify({ rows, ...graded, label: isGood });
  }
}

const chosenLabels = (pairs: readonly Window[]): number =>
  pairs.reduce((sum, { rows: [chosen] }) => sum + chosen!.labels.filter((label) => label >= 0).length, 0);

interface Window {
  rows: LabelledRow[];
  paired: boolean;
  /** Of KTO. */
  isGood?: boolean;
}

function windowsOf(batch: Batch): Window[] {
  const sides = sidesOf(batch);
  return Array.from({ length: windowsIn(batch) }, (_, window) => ({
    rows: sides.flatMap((side) => rowsOfWindow(side, window)),
    ...('answers' in batch ? { paired: false, isGood: !isBad(batch.answers, window) } : { paired: sides.length > 1 }),
  }));
}

const isBad = ({ weights, length }: TokenBatch, window: number): boolean =>
  weights?.subarray(window * length, (window + 1) * length).some((weight) => weight < 0) === true;

interface LabelledRow {
  input_ids: number[];
  labels: number[];
}

/**
 * In the form of transformers: a label stands at the position of its own token, so the first label of a row is unused.
 */
function rowsOfWindow({ length, inputs, targets, starts }: TokenBatch, window: number): LabelledRow[] {
  const first = window * length;
  const rows: LabelledRow[] = [];
  for (let at = 0; at < length; at++) {
    const start = starts?.[first + at] ?? 0;
    if (start > at) break; // padding
    if (start === at) rows.push({ input_ids: [], labels: [-100] });
    const row = rows.at(-1)!;
    const target = targets[first + at]!;
    row.input_ids.push(inputs[first + at]!);
    row.labels.push(target < 0 ? -100 : target);
  }
  for (const row of rows) closeRow(row);
  return rows;
}

/** The last label belongs to a token after the inputs: append that token, or drop the label where it is masked. */
function closeRow({ input_ids: ids, labels }: LabelledRow): void {
  const last = labels.at(-1)!;
  if (last === -100) labels.pop();
  else ids.push(last);
}
