import { describe, expect, test } from 'vitest';
import type { TokenBatch, Windows } from '../../../src/base/batch';
import { textWindows } from '../../../src/data/batches/textWindows';

const counting = (n: number): Uint16Array => Uint16Array.from({ length: n }, (_, i) => i);
const ORDER = { seed: 3, batch: 4, length: 10, accumulate: 1, validationBatches: 100 };
const NONE = new Uint16Array();
const open = (tokens: number, order: Partial<typeof ORDER> = {}) =>
  textWindows(counting(tokens), NONE, { ...ORDER, ...order });
/** The first token of each window of a step. */
const startsAt = (windows: Windows<TokenBatch>, cursor: number): number[] =>
  windows.trainBatches(cursor).flatMap(({ batch, length, inputs }) => {
    return Array.from({ length: batch }, (_, i) => inputs[i * length]!);
  });

describe('training windows', () => {
  test('an epoch reads each window once, and targets are the next tokens', () => {
    const windows = open(103, { batch: 10 });
    expect(windows.count).toBe(10);
    for (const epoch of [0, 1, 2]) {
      const starts = startsAt(windows, 10 * epoch).sort((a, b) => a - b);
      expect(starts.map((s) => s - starts[0]!)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
      expect(starts[0]).toBeLessThan(3);
    }
    for (const batch of open(103, { accumulate: 2 }).trainBatches(6)) {
      expect(batch.labels).toBe(40);
      expect(batch.targets).toEqual(batch.inputs.map((t) => t + 1));
    }
  });

  test('the order follows from seed and position alone, across the ends of epochs', () => {
    const at = (position: number, seed = 3): number => startsAt(open(103, { batch: 1, seed }), position)[0]!;
    const forward = Array.from({ length: 40 }, (_, i) => at(i));
    const backward = Array.from({ length: 40 }, (_, i) => at(39 - i)).reverse();
    expect(backward).toEqual(forward);
    expect(startsAt(open(103, { batch: 8, accumulate: 5 }), 0)).toEqual(forward);
    expect(forward.slice(0, 10)).not.toEqual(forward.slice(10, 20));
    expect(Array.from({ length: 40 }, (_, i) => at(i, 4))).not.toEqual(forward);
  });

  test('stored runs resume in the order that they began with', () => {
    expect(startsAt(open(103, { batch: 10 }), 0)).toEqual([81, 11, 1, 61, 41, 21, 91, 31, 71, 51]);
    expect(startsAt(open(103, { batch: 10 }), 10)).toEqual([80, 30, 60, 20, 50, 90, 40, 70, 10, 0]);
  });

  test('two runs side by side do not disturb each other', () => {
    const [one, other] = [open(103), open(1003, { seed: 4 })];
    const alone = [open(103).trainBatches(8), open(103).trainBatches(12)];
    const first = one.trainBatches(8);
    other.trainBatches(100);
    expect([first, one.trainBatches(12)]).toEqual(alone);
  });

  test('the same windows whether accumulated or not', () => {
    const many = open(103, { batch: 2, accumulate: 3 }).trainBatches(8);
    const one = open(103, { batch: 6 }).trainBatches(8);
    expect(many.flatMap((b) => [...b.inputs])).toEqual(one.flatMap((b) => [...b.inputs]));
  });

  test('a text of context + 1 tokens is enough, one less is refused with the numbers', () => {
    expect([...open(11, { batch: 1 }).trainBatches(5)[0]!.inputs]).toEqual([...counting(10)]);
    expect(() => open(10)).toThrow(
      expect.objectContaining({ code: 'text-too-short', facts: { tokens: 10, context: 10, needed: 11, longest: 9 } }),
    );
  });
});

describe('validation windows', () => {
  const held = (tokens: number, limit = 100): TokenBatch[] => {
    const order = { ...ORDER, batch: 3, validationBatches: limit };
    return [...textWindows(counting(11), counting(tokens), order).validationBatches()];
  };

  test('in full: every token but the first is graded once, the last batch is filled up', () => {
    const batches = held(48);
    expect(batches.map((b) => b.labels)).toEqual([30, 17]);
    const graded = batches.flatMap((b) => [...b.targets]).filter((t) => t >= 0);
    expect(graded).toEqual([...counting(48)].slice(1));
    expect(batches.every((b) => b.inputs.length === 30)).toBe(true);
  });

  test('limited: spread over the text, always the same', () => {
    const starts = held(1001, 2).flatMap((b) => [0, 1, 2].map((r) => b.inputs[r * 10]!));
    expect(starts).toEqual([0, 160, 330, 500, 660, 830]);
  });

  test('nothing from fewer than two tokens', () => {
    expect([...held(0), ...held(1)]).toEqual([]);
    expect(held(2).map((b) => b.labels)).toEqual([1]);
  });
});
