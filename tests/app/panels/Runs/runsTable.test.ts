import { pageOn, runRecord } from '../../fakes';
import { describe, expect, test } from 'vitest';
import { AtelierError } from '../../../../src/base/errors/errors';
import type { RunRecord } from '../../../../src/base/records/run';
import { defaultSettings } from '../../../../src/base/settings/trainSettings';
import { RunsTable } from '../../../../src/app/panels/Runs/runsTable.svelte';

const settings = (change: Partial<RunRecord['settings']>) => ({ ...defaultSettings(), ...change });

/** A table of runs in a storage of its own, whose last kept choices are at hand. */
async function tableOf(records: readonly RunRecord[], kept?: string, busy: readonly string[] = []) {
  const here = new Map(records.map((record) => [record.id, record]));
  const writes: string[] = [];
  const page = pageOn({
    listRuns: () => Promise.resolve([...here.values()]),
    deleteRun: (id) =>
      busy.includes(id)
        ? Promise.reject(new AtelierError('run-training', { name: id }))
        : Promise.resolve(void here.delete(id)),
    restoreRun: (id) =>
      Promise.resolve(
        void here.set(
          id,
          records.find((record) => record.id === id)!,
        ),
      ),
  });
  await page.runs.connect();
  const table = new RunsTable(page.runs, { read: () => kept, write: (text) => void writes.push(text) });
  return { ...page, table, writes, ids: () => table.found.map(({ id }) => id) };
}

const losses = [
  runRecord('a', { name: 'run 10', bestValidationLoss: 2, updatedAt: 3 }),
  runRecord('b', { name: 'run 9', updatedAt: 2 }),
  runRecord('c', { name: 'Run 2', bestValidationLoss: 1, updatedAt: 1 }),
];

describe('the order', () => {
  test('begins with the newest; clicks sort, turn round, and end; what is not known stands last', async () => {
    const { table, ids } = await tableOf(losses);
    expect(ids()).toEqual(['a', 'b', 'c']);
    table.sortBy('best');
    expect([ids(), table.sort]).toEqual([['c', 'a', 'b'], { key: 'best', down: false }]);
    table.sortBy('best');
    expect(ids()).toEqual(['a', 'c', 'b']);
    table.sortBy('best');
    expect([ids(), table.sort]).toEqual([['a', 'b', 'c'], { key: 'when', down: true }]);
    table.sortBy('when');
    expect(ids()).toEqual(['c', 'b', 'a']);
  });

  test('of names is that of people, by their numbers', async () => {
    const { table, ids } = await tableOf(losses);
    table.sortBy('name');
    expect(ids()).toEqual(['c', 'b', 'a']);
  });

  test('of a setting counts numbers, and leaves those out that it has no effect on', async () => {
    const { table, ids } = await tableOf([
      runRecord('a', { settings: settings({ learningRate: 0.02 }) }),
      runRecord('b', { settings: settings({ learningRate: 0.1, optimizer: 'sgd' }) }),
      runRecord('c', { settings: settings({ learningRate: 0.003, beta1: 0.5 }) }),
    ]);
    table.sortBy('setting:learningRate');
    expect(ids()).toEqual(['c', 'a', 'b']);
    table.sortBy('setting:beta1');
    expect(ids()).toEqual(['c', 'a', 'b']);
    table.sortBy('setting:beta1');
    expect(ids()).toEqual(['a', 'c', 'b']);
  });

  test('columns, order and measure come back on a later visit; what this version does not know is left out', async () => {
    const first = await tableOf(losses);
    first.table.sortBy('best');
    first.table.toggleColumn('size');
    first.table.toggleColumn('when');
    first.table.measure = 'accuracy';
    first.table.axis = 'time';
    const { table } = await tableOf(losses, first.writes.at(-1));
    expect([table.columns, table.sort, table.measure, table.axis]).toEqual([
      ['best', 'steps', 'status', 'size'],
      { key: 'best', down: false },
      'accuracy',
      'time',
    ]);
    const odd = await tableOf(
      losses,
      '{"columns":["best","later"],"sort":{"key":"later"},"axis":"later","baseline":1}',
    );
    expect([odd.table.columns, odd.table.sort.key, odd.table.axis, odd.table.baseline]).toEqual([
      ['best'],
      'when',
      'step',
      undefined,
    ]);
    expect((await tableOf(losses, 'no JSON')).ids()).toEqual(['a', 'b', 'c']);
  });
});

describe('the filter', () => {
  const records = [
    runRecord('a', { name: 'Tea small', tags: ['best'], updatedAt: 3 }),
    runRecord('b', { name: 'tea large', status: 'failed', updatedAt: 2 }),
    runRecord('c', { name: 'coffee', note: 'as tea, with rate 0.1', datasetNames: ['beans'], updatedAt: 1 }),
  ];

  test.each([
    ['tea', ['a', 'b', 'c']],
    ['TEA best', ['a']],
    ['failed', ['b']],
    ['beans', ['c']],
    ['  ', ['a', 'b', 'c']],
    ['nothing', []],
  ])('%s', async (query, expected) => {
    const { table, ids } = await tableOf(records);
    table.query = query;
    expect(ids()).toEqual(expected);
  });
});

describe('five hundred runs', () => {
  const many = Array.from({ length: 500 }, (_, i) => runRecord(`r${i}`, { name: `run ${i}`, updatedAt: 500 - i }));

  test('stand on pages; a filter begins at the first one; all that it finds is ticked', async () => {
    const { table } = await tableOf(many);
    expect([table.rows.length, table.found.length]).toEqual([25, 500]);
    table.turnTo(475);
    expect(table.rows[0]?.id).toBe('r475');
    table.query = 'run 49';
    expect([table.from, table.rows.length]).toEqual([0, 15]);
    table.tickAll(true);
    table.query = '';
    expect(table.ticked).toHaveLength(15);
    table.tickAll(false);
    expect(table.ticked).toEqual([]);
  });

  test('are drawn by six while none is ticked, else as many as are', async () => {
    const { table } = await tableOf(many);
    expect(table.drawn.map(({ id }) => id)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5']);
    table.tickAll(true);
    expect([table.drawn.length, table.ticked.length]).toEqual([500, 500]);
  });

  test('the last page stays one where its rows are deleted', async () => {
    const { table, runs } = await tableOf(many);
    table.turnTo(475);
    for (const { id } of table.rows) table.tick(id, true);
    await table.removeTicked();
    expect([runs.list.length, table.from, table.rows.length]).toEqual([475, 450, 25]);
  });
});

describe('the baseline', () => {
  test('stands above the others whatever is found, is drawn first, and comes back on a later visit', async () => {
    const { table, writes } = await tableOf(losses);
    expect(table.pin('c')).toBeUndefined();
    table.query = '10';
    expect([table.baseline?.id, table.rows.map(({ id }) => id), table.count]).toEqual(['c', ['a'], 1]);
    expect(table.drawn.map(({ id }) => id)).toEqual(['c', 'a']);
    table.tick('c', true);
    expect(table.ticked.map(({ id }) => id)).toEqual(['c']);
    const later = await tableOf(losses, writes.at(-1));
    expect(later.table.baseline?.id).toBe('c');
    expect(later.table.rows.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(later.table.pin(undefined)).toBe('c');
    expect((await tableOf(losses, later.writes.at(-1))).table.baseline).toBeUndefined();
  });

  test('that was deleted is none until it is there again', async () => {
    const { table, runs, toasts } = await tableOf(losses);
    table.pin('c');
    await runs.remove(losses[2]!);
    expect([table.baseline, table.rows.length]).toEqual([undefined, 2]);
    await toasts.undo();
    expect(table.baseline?.id).toBe('c');
  });
});

test('a tick with Shift takes what stands between it and the one before, in either direction', async () => {
  const { table } = await tableOf(Array.from({ length: 40 }, (_, i) => runRecord(`r${i}`, { updatedAt: 40 - i })));
  table.tick('r30', true, true);
  expect(table.ticked.map(({ id }) => id)).toEqual(['r30']);
  table.tick('r27', true, true);
  expect(table.ticked.map(({ id }) => id)).toEqual(['r27', 'r28', 'r29', 'r30']);
  table.tick('r29', false, true);
  expect(table.ticked.map(({ id }) => id)).toEqual(['r30']);
});

describe('deleting the ticked runs', () => {
  test('is one deed with one undo', async () => {
    const { table, toasts, ids } = await tableOf(losses);
    table.tick('a', true);
    table.tick('c', true);
    await table.removeTicked();
    expect([ids(), table.ticked, toasts.list.map(({ text }) => text())]).toEqual([['b'], [], ['2 were deleted.']]);
    expect(await toasts.undo()).toBe(true);
    expect([ids(), await toasts.undo()]).toEqual([['a', 'b', 'c'], false]);
  });

  test('leaves what the filter hides', async () => {
    const { table, ids } = await tableOf(losses);
    table.tickAll(true);
    table.query = '10';
    await table.removeTicked();
    table.query = '';
    expect(ids()).toEqual(['b', 'c']);
  });

  test('leaves one that is under way, ticked, and says why; the others come back by one undo', async () => {
    const { table, toasts, ids } = await tableOf(losses, undefined, ['b']);
    table.tickAll(true);
    await table.removeTicked();
    expect([ids(), table.ticked.map(({ id }) => id)]).toEqual([['b'], ['b']]);
    expect(toasts.list.map(({ error }) => error?.code)).toEqual([undefined, 'run-training']);
    await toasts.undo();
    expect(ids()).toEqual(['a', 'b', 'c']);
  });
});

describe('what tells the ticked runs apart', () => {
  test('becomes columns by itself, but what stands there already', async () => {
    const { table } = await tableOf([
      runRecord('a', { settings: settings({ learningRate: 0.1, schedule: 'linear' }), datasetNames: ['tea'] }),
      runRecord('b', { settings: settings({ learningRate: 0.2, optimizer: 'sgd' }), datasetNames: ['tea'] }),
      runRecord('c', { settings: settings({ learningRate: 0.2 }), datasetNames: ['beans'] }),
    ]);
    table.tick('b', true);
    expect(table.different).toEqual([]);
    table.tick('c', true);
    // the momentum of `b` has no counterpart in `c`: the optimizer says so
    expect(table.different).toEqual(['data', 'setting:optimizer']);
    expect(table.shown.slice(0, 4)).toEqual(['best', 'data', 'setting:optimizer', 'steps']);
    table.tick('a', true);
    table.toggleColumn('setting:learningRate');
    expect(table.different).toEqual(['data', 'setting:optimizer', 'setting:schedule']);
  });
});

describe('notes and tags', () => {
  test('are written, shown and taken back; the events of a worker leave them', async () => {
    let stored = runRecord('a', { note: 'old' });
    const { runs, toasts } = pageOn({
      listRuns: () => Promise.resolve([stored]),
      annotateRun: (_id, annotation) => Promise.resolve(void (stored = { ...stored, ...annotation })),
    });
    await runs.connect();
    await runs.annotate(stored, { note: 'new', tags: ['best'] });
    runs.receive([{ type: 'run', run: runRecord('a', { status: 'running', note: 'old', step: 7, updatedAt: 9 }) }]);
    expect(runs.list[0]).toMatchObject({ note: 'new', tags: ['best'], step: 7 });
    await toasts.undo();
    expect(stored).toMatchObject({ note: 'old', tags: [] });
  });
});
