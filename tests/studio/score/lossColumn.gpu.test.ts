// Losses of rows under loaded models, as the studio measures and keeps them: against transformers
// (tests/fixtures/row_losses.py), as a column of the table, cut short and resumed.
import { beforeAll, describe, expect, test } from 'vitest';
import { LOSS_UNDER } from '../../../src/base/wire/rowTable';
import { allScores } from '../../../src/storage/scores';
import { ComputeStudio } from '../../../src/studio/computeStudio';
import { RowTables } from '../../../src/studio/data/rowTable';
import { dawn } from '../../dawn';
import { freshStorage } from '../../storage/storage';
import { publishedModel } from '../models/publishedModels';
import { letterModel, lettersGolden, storedLetters } from './families';

beforeAll(() => void dawn());

const query = (datasetId: string) => ({ datasetId, filter: [], sort: { column: 'row', down: false }, asked: [] });
const never = (): AbortSignal => new AbortController().signal;
const unheard = (): void => undefined;

describe('losses of rows', () => {
  test.each(['gpt2', 'llama'] as const)('are those that transformers gives under %s', async (name) => {
    const db = await freshStorage();
    const { texts, found, context } = lettersGolden();
    const model = await letterModel(db, name);
    const { id } = await storedLetters(db, texts);
    const studio = new ComputeStudio(db);
    const request = { datasetId: id, weightsId: model.id, model: 'tiny' };
    const longer = texts.filter((text) => text.length + 1 > context).length;
    expect(await studio.scoreRows(request, unheard, never())).toEqual({
      ...{ rows: texts.length, cut: longer, refused: 0 },
    });
    const [scores] = await allScores(db, id, texts.length);
    found[name].losses.forEach((loss, row) => expect(scores!.values[row]).toBeCloseTo(loss, 4));

    // a column of the table, which needs no asking, also of one that is opened anew
    const tables = new RowTables();
    const column = LOSS_UNDER + model.id;
    const { columns } = await tables.view(db, query(id));
    expect(columns.find(({ key }) => key === column)).toEqual({
      ...{ key: column, kind: 'number', rows: texts.length },
      under: {
        kind: 'loss',
        weightsId: model.id,
        model: 'tiny',
        context,
        cut: longer,
        refused: 0,
        at: expect.any(Number) as number,
      },
    });
    const sorted = { query: { ...query(id), sort: { column, down: true } }, from: 0, count: 3, columns: [column] };
    const rows = await tables.rows(db, sorted);
    const byLoss = found[name].losses.map((loss, row) => [loss, row] as const).sort(([a], [b]) => b - a);
    expect(rows.map(({ index }) => index)).toEqual(byLoss.slice(0, 3).map(([, row]) => row));
    const [facet] = await tables.facets(db, query(id), [{ column, search: '' }]);
    expect(facet!.bars.reduce((sum, bar) => sum + bar.rows, 0)).toBe(texts.length);
  });

  test('of some rows come first, a cancel keeps what was measured, and the rest is added to them', async () => {
    const db = await freshStorage();
    const { texts } = lettersGolden();
    const model = await letterModel(db, 'llama');
    const { id } = await storedLetters(db, texts);
    const studio = new ComputeStudio(db);
    const tables = new RowTables();
    await tables.view(db, query(id));
    const request = { datasetId: id, weightsId: model.id, model: 'tiny' };
    expect(await studio.scoreRows({ ...request, places: [3, 5] }, unheard, never())).toMatchObject({ rows: 2 });
    const column = LOSS_UNDER + model.id;
    // the table that is open has the column now
    expect((await tables.view(db, query(id))).columns.find(({ key }) => key === column)).toMatchObject({ rows: 2 });
    const [before] = await allScores(db, id, texts.length);
    const cancelled = new AbortController();
    cancelled.abort();
    await expect(studio.scoreRows(request, unheard, cancelled.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect((await allScores(db, id, texts.length))[0]!.values).toEqual(before!.values);
    await studio.scoreRows(request, unheard, never());
    const all = await allScores(db, id, texts.length);
    expect(all).toHaveLength(1);
    expect(all[0]!.values[3]).toBe(before!.values[3]);
    expect(all[0]!.values.every((value) => value > 0)).toBe(true);
    expect((await tables.view(db, query(id))).columns.find(({ key }) => key === column)).toMatchObject({
      rows: texts.length,
    });
  });

  test('of conversations count the answers alone; one without an answer has none', async () => {
    const db = await freshStorage();
    const model = await publishedModel(db);
    const talk = (...contents: string[]): string =>
      JSON.stringify({
        messages: contents.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content })),
      });
    const rows = [talk('The fox', 'sat.'), talk('The fox'), talk('The fox sat on a box', 'sat.')];
    const { id } = await storedLetters(db, rows, { content: 'chat' });
    const studio = new ComputeStudio(db);
    const asked = { datasetId: id, weightsId: model.id, model: 'm' };
    expect(await studio.scoreRows(asked, unheard, never())).toMatchObject({ rows: 2 });
    const [scores] = await allScores(db, id, rows.length);
    expect(scores!.values[0]).toBeGreaterThan(0);
    expect(scores!.values[1]).toBe(-1);
    const [column] = (await new RowTables().view(db, query(id))).columns.filter(({ under }) => under);
    expect(column!.rows).toBe(2);
  });
});
