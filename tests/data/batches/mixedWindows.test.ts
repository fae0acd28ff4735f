import { describe, expect, test } from 'vitest';
import type { Batch, TokenBatch } from '../../../src/base/batch';
import { gradedWindows } from '../../../src/data/batches/gradedWindows';
import { MixedWindows } from '../../../src/data/batches/mixedWindows';
import { pairWindows } from '../../../src/data/batches/pairWindows';
import { textWindows } from '../../../src/data/batches/textWindows';

const ORDER = { seed: 3, batch: 4, length: 8, accumulate: 2, validationBatches: 100, packing: false };

/** Tokens by which the text is known: those of text i begin at 1000 i. */
const counting = (text: number, n: number): Uint16Array => Uint16Array.from({ length: n }, (_, i) => 1000 * text + i);
const SIZES = [401, 41, 161];
const SHARES = [0.5, 0.3, 0.2];
const ofTexts = (order = ORDER) =>
  new MixedWindows(
    SIZES.map((size, i) => ({ windows: textWindows(counting(i, size), counting(i, 17), order), share: SHARES[i]! })),
    order,
  );

/** Each window as its text and its first token. */
const windowsIn = (batches: readonly TokenBatch[]): string[] =>
  batches.flatMap(({ batch, length, inputs, origins }) =>
    Array.from({ length: batch }, (_, i) => `${origins!.of[i]!} ${inputs[i * length]!}`),
  );

describe('windows of several texts', () => {
  test('an epoch reads the main text once and the others to their share of the tokens, too small ones again', () => {
    const windows = ofTexts();
    expect(windows.count).toBe(50 + 30 + 20);
    const read = Array.from({ length: 13 }, (_, step) => windowsIn(windows.trainBatches(8 * step))).flat();
    const epoch = read.slice(0, 100);
    const counts = SHARES.map((_, text) => epoch.filter((window) => window.startsWith(`${text} `)).length);
    expect(counts).toEqual([50, 30, 20]);
    expect(new Set(epoch.filter((window) => window.startsWith('0 '))).size).toBe(50);
    // 5 windows of the second text, each drawn six times; the shift may move with each pass
    const second = epoch.filter((window) => window.startsWith('1 '));
    for (let pass = 0; pass < 6; pass++) expect(new Set(second.slice(5 * pass, 5 * pass + 5)).size).toBe(5);
  });

  test('of a text that an epoch reads a part of, the next epochs read the other windows first', () => {
    const sizes = [101, 801]; // 12 windows, and 100 of which an epoch draws 12
    const windows = new MixedWindows(
      sizes.map((size, i) => ({ windows: textWindows(counting(i, size), counting(i, 17), ORDER), share: 0.5 })),
      { ...ORDER, batch: 1, accumulate: 1 },
    );
    expect(windows.count).toBe(24);
    const read = Array.from({ length: 8 * 24 }, (_, cursor) => windowsIn(windows.trainBatches(cursor))).flat();
    const drawn = read.filter((window) => window.startsWith('1 '));
    expect(new Set(drawn).size).toBe(96);
  });

  test('each window stands whole in its batch, with the text it is of', () => {
    const windows = ofTexts();
    for (let cursor = 0; cursor < 200; cursor += 8)
      for (const { batch, length, inputs, targets, labels, origins } of windows.trainBatches(cursor)) {
        expect(labels).toBe(batch * length);
        expect(targets).toEqual(inputs.map((token) => token + 1));
        expect(origins!.count).toBe(3);
        inputs.forEach((token, i) => expect(Math.floor(token / 1000)).toBe(origins!.of[Math.floor(i / length)]));
      }
  });

  test('what a step reads follows from its cursor alone, forward, backward and in another run', () => {
    const at = (windows: MixedWindows<TokenBatch>, step: number) => windows.trainBatches(8 * step);
    const [one, other] = [ofTexts(), ofTexts()];
    const forward = Array.from({ length: 40 }, (_, i) => at(one, i));
    const backward = Array.from({ length: 40 }, (_, i) => at(other, 39 - i)).reverse();
    expect(backward).toEqual(forward);
    expect(windowsIn(forward.flat()).slice(0, 100)).not.toEqual(windowsIn(forward.flat()).slice(100, 200));
  });

  test('the windows of a step are the same ones however it is split into micro-batches', () => {
    const split = ofTexts({ ...ORDER, batch: 2, accumulate: 4 });
    for (const cursor of [0, 96, 200])
      expect(windowsIn(split.trainBatches(cursor))).toEqual(windowsIn(ofTexts().trainBatches(cursor)));
  });

  test('the held-out windows of each text are told apart, and all of them follow each other', () => {
    const windows = ofTexts();
    const { texts } = windows;
    expect(texts.map(({ share }) => share)).toEqual(SHARES);
    const each = texts.map((text) => [...text.validationBatches()]);
    each.forEach(([batch], i) => expect(Math.floor(batch!.inputs[0]! / 1000)).toBe(i));
    expect([...windows.validationBatches()]).toEqual(each.flat());
  });

  test('conversations keep weights, starts and positions, and pairs both their answers', () => {
    const rows = (text: number, count: number, each: number) => ({
      ids: counting(text, count * each),
      weights: Float32Array.from({ length: count * each }, (_, i) => (i % each < 2 ? 0 : 0.5 + text)),
      offsets: Uint32Array.from({ length: count + 1 }, (_, i) => i * each),
    });
    const none = rows(0, 0, 1);
    const packed = { ...ORDER, packing: true };
    const talks = new MixedWindows(
      [30, 10].map((count, i) => ({ windows: gradedWindows(rows(i, count, 4), none, packed), share: 0.5 })),
      packed,
    );
    const alone = [0, 1].map((i) =>
      gradedWindows(rows(i, [30, 10][i]!, 4), none, { ...packed, batch: 1, accumulate: 1 }),
    );
    const pieces = (batch: TokenBatch, window: number) =>
      [batch.inputs, batch.targets, batch.weights!, batch.starts!, batch.positions!].map((column) =>
        [...column.subarray(window * 8, window * 8 + 8)].join(),
      );
    const known = alone.map((windows) =>
      Array.from({ length: windows.count }, (_, i) => pieces(windows.trainBatches(i)[0]!, 0).join(' ')),
    );
    for (const batch of talks.trainBatches(0)) {
      for (let window = 0; window < 4; window++)
        expect(known[batch.origins!.of[window]!]).toContain(pieces(batch, window).join(' '));
      expect(batch.labels).toBe(batch.targets.filter((target) => target >= 0).length);
    }

    const pairs: MixedWindows<Batch> = new MixedWindows<Batch>(
      [8, 6].map((count, i) => ({ windows: pairWindows(rows(i, 2 * count, 6), none, ORDER), share: 0.5 })),
      ORDER,
    );
    const [batch] = pairs.trainBatches(0);
    if (!batch || !('chosen' in batch)) throw new TypeError('no pairs');
    for (let window = 0; window < 4; window++) {
      const [chosen, rejected] = [batch.chosen.inputs[8 * window]!, batch.rejected.inputs[8 * window]!];
      expect(rejected - chosen).toBe(6); // the row after it
      expect(chosen % 12).toBe(chosen < 1000 ? 0 : 1000 % 12);
      for (const { origins } of [batch.chosen, batch.rejected]) {
        expect(origins!.of[window]).toBe(Math.floor(chosen / 1000));
        expect(origins!.count).toBe(2);
      }
    }
  });
});
