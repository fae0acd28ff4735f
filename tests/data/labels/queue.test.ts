import { describe, expect, test } from 'vitest';
import type { LabelAnswer, LabelDecision, LabelTask } from '../../../src/base/records/labels';
import { isTurned, LabelQueue } from '../../../src/data/labels/queue';
import { classAnswer, decisionOn, labelTask } from './tasks';

const idsTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Answers every item with what `say` gives, and the ids in the order in which they were asked. */
function answered(
  task: LabelTask,
  rows: number,
  say: (rowId: number, again: boolean) => LabelAnswer = () => classAnswer('calm'),
  most = 1000,
) {
  const queue = new LabelQueue(task, idsTo(rows), []);
  const log: LabelDecision[] = [];
  for (let asked = queue.next(); asked && log.length < most; asked = queue.next()) {
    const decision = decisionOn(asked.rowId, say(asked.rowId, asked.again), { ...(asked.again && { again: true }) });
    queue.add(decision, asked);
    log.push(decision);
  }
  return { queue, log };
}

describe('what is asked', () => {
  test('rows as they stand, each once', () => {
    expect(answered(labelTask(), 6).log.map(({ rowId }) => rowId)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('shuffled: each row once, by the seed alone', () => {
    const order = (seed: number): number[] =>
      answered(labelTask({ order: 'shuffled', seed }), 40).log.map(({ rowId }) => rowId);
    expect(order(1).toSorted((a, b) => a - b)).toEqual(idsTo(40));
    expect(order(1)).not.toEqual(idsTo(40));
    expect(order(1)).toEqual(order(1));
    expect(order(2)).not.toEqual(order(1));
  });

  test('only rows that pass, in the same order, and so is what is counted and asked again', () => {
    const task = labelTask({ order: 'shuffled', repeatEvery: 3 });
    const passes = (place: number): boolean => place % 3 === 0;
    const before = [decisionOn(0), decisionOn(1), decisionOn(4, classAnswer('rough'))];
    const queue = new LabelQueue(task, idsTo(60), before, { passes });
    expect(queue.progress()).toMatchObject({ rows: 20, decided: 1, counts: [['calm', 1]] });
    const asked: number[] = [];
    for (let row = queue.next(); row; row = queue.next()) {
      asked.push(row.rowId);
      queue.add(decisionOn(row.rowId, classAnswer('calm'), { ...(row.again && { again: true }) }), row);
    }
    expect(asked.every(passes)).toBe(true);
    expect(asked.length).toBeGreaterThan(new Set(asked).size);
    const whole = new LabelQueue(task, idsTo(60), []).openPlaces(60).filter((place) => passes(place) && place > 0);
    expect([...new Set(asked.filter((id) => id > 0))]).toEqual(whole);
    expect(queue.progress()).toMatchObject({ rows: 20, decided: 20 });
  });

  test('a reload after any decision asks what would have been asked without it', () => {
    const task = labelTask({ order: 'shuffled', repeatEvery: 4 });
    const { log } = answered(task, 30);
    for (let done = 0; done < log.length; done++) {
      const asked = new LabelQueue(task, idsTo(30), log.slice(0, done)).next();
      expect([asked?.rowId, asked?.again ?? false]).toEqual([log[done]!.rowId, log[done]!.again ?? false]);
    }
  });

  test('each nth item was asked before, at least five items ago, and no row three times', () => {
    const { log } = answered(labelTask({ repeatEvery: 4 }), 60);
    const again = log.flatMap((decision, i) => (decision.again ? [i] : []));
    expect(again.length).toBeGreaterThan(10);
    expect(again.every((i) => (i + 1) % 4 === 0)).toBe(true);
    for (const i of again) {
      const first = log.findIndex(({ rowId }) => rowId === log[i]!.rowId);
      expect(i - first).toBeGreaterThan(5);
    }
    expect(new Set(again.map((i) => log[i]!.rowId)).size).toBe(again.length);
  });

  test('what was put off or changed is not asked again', () => {
    const task = labelTask({ kind: 'keep', repeatEvery: 3 });
    const { log } = answered(task, 30, (row) => (row % 2 ? { kind: 'skip' } : { kind: 'fix', texts: ['x'] }));
    expect(log.some(({ again }) => again)).toBe(false);
    expect(log).toHaveLength(30);
  });

  test('of another version its own rows are asked, by their ids', () => {
    const decisions = [decisionOn(3), decisionOn(7)];
    const queue = new LabelQueue(labelTask(), Uint32Array.of(3, 5, 9), decisions);
    expect(queue.next()).toEqual({ rowId: 5, position: 1, again: false });
    expect(queue.progress()).toMatchObject({ rows: 3, decided: 1 });
  });
});

describe('taking back', () => {
  test('every decision, to the first: each item comes back, with the answer that it had before', () => {
    const task = labelTask({ order: 'shuffled', repeatEvery: 4 });
    const { queue, log } = answered(task, 20, (row, again) => classAnswer(again ? 'rough' : 'calm'));
    while (log.length) {
      const last = log.pop()!;
      expect(queue.canUndo).toBe(true);
      expect(queue.undo()).toEqual(last);
      expect(queue.next()?.rowId).toBe(last.rowId);
      const fresh = new LabelQueue(task, idsTo(20), log);
      expect(queue.progress()).toEqual(fresh.progress());
    }
    expect([queue.canUndo, queue.undo(), queue.progress().decided]).toEqual([false, undefined, 0]);
  });

  test('the row whose decision is taken back is asked next, though another one is open before it', () => {
    const queue = new LabelQueue(labelTask(), idsTo(4), [decisionOn(1), decisionOn(2, classAnswer('rough'))]);
    expect(queue.next()?.rowId).toBe(0);
    queue.undo();
    expect(queue.next()).toEqual({ rowId: 2, position: 2, again: false });
    queue.undo();
    const asked = queue.next()!;
    expect(asked.rowId).toBe(1);
    queue.add(decisionOn(1), asked);
    expect(queue.next()?.rowId).toBe(0);
  });

  test('a row that is asked again and put off keeps its answer, also when that is taken back', () => {
    const answers = [decisionOn(0, classAnswer('rough')), decisionOn(0, { kind: 'skip' }, { again: true })];
    const queue = new LabelQueue(labelTask(), idsTo(2), answers);
    expect(queue.progress()).toMatchObject({ decided: 1, skipped: 0, counts: [['rough', 1]] });
    queue.undo();
    expect(queue.progress()).toMatchObject({ decided: 1, counts: [['rough', 1]] });
    expect(queue.next()).toEqual({ rowId: 0, position: 0, again: true });
  });

  test('a decision on a row that this version lacks stays, for it could not be shown', () => {
    const queue = new LabelQueue(labelTask(), Uint32Array.of(3, 5), [decisionOn(3), decisionOn(7)]);
    expect([queue.undo()?.rowId, queue.canUndo]).toEqual([3, false]);
  });

  test('labels that a file brought stay; what a person said before them comes back', () => {
    const brought = (row: number) => decisionOn(row, classAnswer('calm'), { imported: true });
    const log = [decisionOn(0), decisionOn(1), brought(1), brought(3)];
    const queue = new LabelQueue(labelTask(), idsTo(5), log);
    expect([queue.next()?.rowId, queue.canUndo, queue.behindLast]).toEqual([2, true, 3]);
    expect(queue.undo()).toEqual(log[0]);
    expect([queue.next()?.rowId, queue.canUndo, queue.undo()]).toEqual([0, false, undefined]);
    expect(queue.progress()).toMatchObject({ decided: 2 });
  });
});

describe('progress', () => {
  test('the pace is the middle of what was measured: neither a break nor a file changes it', () => {
    const timed = [2000, 2000, 3000, 900_000, 2000].map((took, i) => decisionOn(i, classAnswer('calm'), { took }));
    const brought = decisionOn(5, classAnswer('calm'), { imported: true });
    const { perMinute, left } = new LabelQueue(labelTask(), idsTo(20), [...timed, brought]).progress();
    expect([perMinute, left]).toEqual([30, 14 * 2000]);
    expect(new LabelQueue(labelTask(), idsTo(20), timed.slice(1)).progress()).not.toHaveProperty('perMinute');
  });

  test('rows that were put off are not decided; each class counts by itself', () => {
    const decisions = [
      decisionOn(0, classAnswer('calm', 'rough')),
      decisionOn(1, { kind: 'skip' }),
      decisionOn(2, classAnswer('calm')),
    ];
    const progress = new LabelQueue(labelTask({ several: true }), idsTo(9), decisions).progress();
    expect(progress).toMatchObject({ decided: 2, skipped: 1 });
    expect(progress.counts).toEqual([
      ['calm', 2],
      ['rough', 1],
    ]);
  });

  test('agreement is between the two answers to a row, not with answers that were changed', () => {
    const decisions = [
      decisionOn(0, classAnswer('calm')),
      decisionOn(1, classAnswer('rough')),
      decisionOn(0, classAnswer('calm'), { again: true }),
      decisionOn(1, classAnswer('calm'), { again: true }),
      decisionOn(2, classAnswer('rough')),
      decisionOn(2, { kind: 'skip' }, { again: true }),
    ];
    const { agreement } = new LabelQueue(labelTask(), idsTo(9), decisions).progress();
    expect([agreement.pairs, agreement.same, agreement.kappa]).toEqual([2, 1, 0]);
  });
});

test('two answers stand in either order, by the seed; other kinds have none', () => {
  const task = labelTask({ kind: 'better' });
  const turned = idsTo(200).filter((row) => isTurned(task, row)).length;
  expect(turned).toBeGreaterThan(70);
  expect(turned).toBeLessThan(130);
  expect(idsTo(50).some((row) => isTurned(labelTask(), row))).toBe(false);
});
