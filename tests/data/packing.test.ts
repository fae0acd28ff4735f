import { describe, expect, test } from 'vitest';
import { stream } from '../../src/base/rng';
import {
  bucketOf,
  fillWindows,
  pack,
  packedBatch,
  packedWindowAt,
  unpacked,
  type TokenRow,
} from '../../src/data/packing';

const row = (ids: number[], weights = ids.map(() => 1)): TokenRow => ({
  ids: Uint32Array.from(ids),
  weights: Float32Array.from(weights),
});

describe('first-fit decreasing', () => {
  const random = stream(5, 'lengths');
  const lengths = Array.from({ length: 500 }, () => 1 + random.below(64));

  test('each row once, none beyond the window, and as the plain search finds them', () => {
    const windows = pack(lengths, 64, 1);
    expect(windows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    const rooms: number[] = [];
    for (const length of lengths.toSorted((a, b) => b - a)) {
      const at = rooms.findIndex((room) => room >= length);
      if (at < 0) rooms.push(64 - length);
      else rooms[at]! -= length;
    }
    expect(windows.map((w) => 64 - w.reduce((sum, r) => sum + lengths[r]!, 0))).toEqual(rooms);
  });

  test('the same seed packs alike, another otherwise; rows without tokens are left out', () => {
    expect(pack(lengths, 64, 1)).toEqual(pack(lengths, 64, 1));
    expect(pack(lengths, 64, 2)).not.toEqual(pack(lengths, 64, 1));
    expect(pack([0, 3, 0], 4, 1)).toEqual([[1]]);
    expect(pack([], 4, 1)).toEqual([]);
    expect(unpacked([2, 0, 3])).toEqual([[0], [2]]);
  });
});

test('documents in a window see only themselves, and the last of one never predicts the next', () => {
  const batch = fillWindows([[row([5, 6, 7], [0, 0, 1]), row([8, 9], [1, 0.5])], [row([4])]], 6);
  expect([...batch.inputs]).toEqual([5, 6, 7, 8, 9, 0, 4, 0, 0, 0, 0, 0]);
  expect([...batch.targets]).toEqual([-1, 7, -1, 9, -1, -1, -1, -1, -1, -1, -1, -1]);
  expect([...batch.weights]).toEqual([0, 1, 0, 0.5, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect([...batch.starts]).toEqual([0, 0, 0, 3, 3, 6, 0, 2, 3, 4, 5, 6]);
  expect([...batch.positions]).toEqual([0, 1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(batch.labels).toBe(2);
});

test('batches follow from seed and cursor, and an epoch has each window once', () => {
  const rows = Array.from({ length: 9 }, (_, i) => row([i, i]));
  const windows = unpacked(rows.map((r) => r.ids.length));
  const order = { seed: 3, batch: 3, length: 2 };
  const firsts = (cursor: number): number[] => {
    const { inputs } = packedBatch(windows, (r) => rows[r]!, order, cursor);
    return [inputs[0]!, inputs[2]!, inputs[4]!];
  };
  const epoch = [0, 3, 6].flatMap(firsts);
  expect(epoch.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([9, 12, 15].flatMap(firsts)).not.toEqual(epoch);
  expect(firsts(3)).toEqual(epoch.slice(3, 6));
  expect(packedWindowAt(windows, 3, 4)).toEqual([epoch[4]]);
});

test('a bucket is the least multiple that holds the longest', () => {
  expect([bucketOf([3, 64], 64), bucketOf([65], 64), bucketOf([], 64)]).toEqual([64, 128, 64]);
});
