import { describe, expect, test } from 'vitest';
import type { TokenBatch } from '../../../src/base/batch';
import type { GradedRows } from '../../../src/data/batches/gradedRows';
import { thumbWindows } from '../../../src/data/batches/thumbWindows';

interface Row {
  asked: number[];
  said: number[];
  bad?: true;
}

function stored(rows: readonly Row[]): GradedRows {
  const ids = rows.flatMap(({ asked, said }) => [...asked, ...said]);
  const weights = rows.flatMap(({ asked, said, bad }) => [...asked.map(() => 0), ...said.map(() => (bad ? -1 : 1))]);
  const offsets = rows.reduce<number[]>(
    (ends, { asked, said }) => [...ends, ends.at(-1)! + asked.length + said.length],
    [0],
  );
  return { ids: Uint32Array.from(ids), weights: Float32Array.from(weights), offsets: Uint32Array.from(offsets) };
}

const order = { seed: 1, batch: 3, length: 6, accumulate: 1, validationBatches: 4 };
const windowsOf = (rows: readonly Row[], held: readonly Row[] = []) => thumbWindows(stored(rows), stored(held), order);
const at = (...windows: number[]) => windows.map((window) => ({ window, epoch: 0 }));

/** The tokens of a window with the targets that count, each with its weight. */
const seen = ({ inputs, targets, weights, length, starts }: TokenBatch, window: number) =>
  Array.from({ length }, (_, i) => window * length + i).flatMap((i) =>
    starts![i]! > i % length ? [] : [[inputs[i], targets[i], weights![i]]],
  );

const ROWS: Row[] = [
  { asked: [1, 2], said: [10, 11] },
  { asked: [3], said: [20], bad: true },
  { asked: [4, 5, 6], said: [30, 31] },
];

describe('windows of judged answers', () => {
  test('an answer is graded alone; a bad one weighs -1', () => {
    const { answers } = windowsOf(ROWS).train.batch(at(0, 1, 2));
    expect(seen(answers, 0)).toEqual([
      [1, -1, 0],
      [2, 10, 1],
      [10, 11, 1],
    ]);
    expect(seen(answers, 1)).toEqual([[3, 20, -1]]);
    expect(answers.labels).toBe(5);
  });

  test('beside each question stands the answer of the window before it, the last one beside the first', () => {
    const { mismatched } = windowsOf(ROWS).train.batch(at(0, 1, 2));
    expect(seen(mismatched, 0)).toEqual([
      [1, -1, 0],
      [2, 30, 1],
      [30, 31, 1],
    ]);
    expect(seen(mismatched, 1)).toEqual([
      [3, 10, 1],
      [10, 11, 1],
    ]);
    expect(seen(mismatched, 2)).toEqual([
      [4, -1, 0],
      [5, -1, 0],
      [6, 20, 1],
    ]); // not −1: nothing is judged there
  });

  test('rows are cut at the window, and left out where the question fills it', () => {
    const long = [...ROWS, { asked: [7, 7, 7, 7, 7, 7], said: [40, 41] }, { asked: [8, 8, 8, 8, 8, 8, 8], said: [50] }];
    const windows = windowsOf(long);
    expect(windows.count).toBe(4);
    const { answers, mismatched } = windows.train.batch(at(3, 2, 1));
    expect(seen(answers, 0).at(-1)).toEqual([7, 40, 1]);
    expect(seen(mismatched, 1).at(-1)).toEqual([40, 41, 1]); // the whole answer, though its own window cuts it
    expect(() => windowsOf(long.slice(4))).toThrow(expect.objectContaining({ code: 'rows-ungraded' }));
  });

  test('the last held-out batch is filled up with padding', () => {
    const [whole, rest] = [...windowsOf(ROWS, [...ROWS, ROWS[0]!]).validationBatches()];
    expect(whole!.answers.labels).toBe(5);
    expect([rest!.answers.labels, rest!.mismatched.labels, rest!.answers.batch]).toEqual([2, 2, 3]);
  });
});
