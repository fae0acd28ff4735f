import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chancesAt, OpenSample } from '../../../../src/app/panels/Train/sampleChances.svelte';
import type { SampleChances, SamplePoint } from '../../../../src/base/wire/events';

const view = (id: number, text: string) => ({ id, text, partial: false, bytes: text.length });
const chances: SampleChances = {
  pieces: ['the', ' cat'],
  ids: [
    [7, 3],
    [3, 9, 5],
  ],
  probabilities: [
    [0.6, 0.2],
    [0.5, 0.3, 0.01],
  ],
  ranks: [1, 40],
  shown: [view(3, 'a'), view(5, ' cat'), view(7, 'the'), view(9, ' dog')],
};
const samples: SamplePoint[] = [{ step: 10, prompt: '', text: 'the cat', chances }];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a packed token is what its weights gave it, and what they gave in its place', () => {
  expect(chancesAt(chances, 0)).toMatchObject({
    drawn: { id: 7, text: 'the', probability: 0.6, rank: 1 },
    likeliest: [{ id: 7 }, { id: 3, text: 'a', rank: 2 }],
  });
  expect(chancesAt(chances, 1)).toMatchObject({
    drawn: { id: 5, text: ' cat', probability: 0.01, rank: 40 },
    likeliest: [{ id: 3 }, { id: 9, probability: 0.3 }],
  });
  expect(chancesAt(chances, 1)!.likeliest).toHaveLength(2);
  expect(chancesAt(chances, 2)).toBeUndefined();
});

test('the pointer opens a token as it rests and closes it as it leaves both; by hand it stays', () => {
  const open = new OpenSample(() => samples);
  open.rest(10, 1);
  expect(open.place).toBeUndefined();
  vi.runAllTimers();
  expect([open.place, open.hovered, open.found?.drawn.rank]).toEqual([{ step: 10, at: 1 }, true, 40]);
  open.point(false);
  open.point(true); // it came to the card
  vi.runAllTimers();
  expect(open.place).toBeDefined();
  open.point(false);
  vi.runAllTimers();
  expect(open.place).toBeUndefined();
  open.open(10, 0);
  open.rest(10, 1);
  open.point(false);
  vi.runAllTimers();
  expect([open.place, open.hovered]).toEqual([{ step: 10, at: 0 }, false]);
  open.move(5);
  expect(open.place?.at).toBe(1);
});
