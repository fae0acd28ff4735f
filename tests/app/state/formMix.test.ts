import { datasetRecord, pageOn } from '../fakes';
import { describe, expect, test, vi } from 'vitest';
import { readFormDraft } from '../../../src/app/state/formDraft';
import type { DatasetContent } from '../../../src/base/records/dataset';
import type { EstimateRequest } from '../../../src/base/wire/requests';

const CONTENTS: Record<string, DatasetContent> = { main: 'text', notes: 'text', talks: 'chat', pairs: 'preference' };
const estimate = vi.fn((_request: EstimateRequest) => Promise.reject(new Error('not asked for')));

/** A form on the first text, with all others to mix in. */
async function formOn(main = 'main') {
  const datasets = Object.entries(CONTENTS).map(([id, content]) => datasetRecord(id, { content }));
  const page = pageOn({ listDatasets: () => Promise.resolve(datasets) }, { estimate });
  await page.form.load();
  page.form.chooseDataset(main);
  return page.form;
}

describe('texts that are mixed in', () => {
  test('are read behind the main texts, leave them the rest, and stand in the request of a run', async () => {
    const form = await formOn();
    expect(form.mix.asked).toEqual({});
    form.mix.add('notes');
    form.mix.setShare('notes', 0.25);
    form.mix.add('talks');
    expect(form.readIds).toEqual(['main', 'notes', 'talks']);
    expect(form.mix.mainShare).toBeCloseTo(0.65);
    expect(form.mix.asked.mix).toEqual([
      { datasetId: 'notes', share: 0.25 },
      { datasetId: 'talks', share: 0.1 },
    ]);
    expect(form.requestFor(form.readIds, 't').datasetIds).toEqual(['main', 'notes', 'talks']);
    form.mix.remove('notes');
    expect(form.readIds).toEqual(['main', 'talks']);
  });

  test('are no main texts: one that becomes one leaves the mix, and one that is gone does too', async () => {
    const form = await formOn();
    form.mix.add('notes');
    form.mix.add('gone');
    expect(form.mix.ids).toEqual(['notes']);
    form.toggleDataset('notes');
    expect([form.readIds, form.mix.asked]).toEqual([['main', 'notes'], {}]);
  });

  test('a share of a further text never leaves nothing for the others', async () => {
    const form = await formOn();
    form.mix.add('notes');
    form.mix.setShare('notes', 0.95);
    form.mix.add('talks');
    expect(form.mix.fault).toBeUndefined();
    expect(form.mix.used[1]!.share).toBeCloseTo(0.025);
  });

  test('shares that leave nothing, and a share that is no number, keep a run from its start', async () => {
    const form = await formOn();
    form.mix.add('notes');
    form.mix.add('talks');
    form.mix.setShare('notes', 0.5);
    form.mix.setShare('talks', 0.5);
    expect([form.conflict?.code, form.ready]).toEqual(['mix-shares', false]);
    form.mix.setShare('talks', 0.2);
    expect([form.conflict, form.ready]).toEqual([undefined, true]);
    form.mix.typedAt('talks', 'a fifth');
    expect(form.conflict?.code).toBe('mix-shares');
    form.mix.remove('talks');
    expect(form.conflict).toBeUndefined();
  });

  test.each([
    { task: 'text', main: 'main', suits: ['notes', 'talks', 'pairs'] },
    { task: 'chat', main: 'talks', suits: [] },
    { task: 'dpo', main: 'pairs', suits: [] },
  ] as const)(
    'of another kind than $task learns from are not offered, and named where they were chosen before',
    async ({ task, main, suits }) => {
      const form = await formOn(main);
      form.mix.add('notes');
      form.set('task', task);
      form.set('method', 'lora');
      form.mode = 'pretrained';
      const of = { code: 'mix-text-differs', facts: { name: 'notes' } };
      if (task === 'text') expect(form.mix.fault).toBeUndefined();
      else expect(form.mix.fault).toMatchObject(of);
      form.mix.remove('notes');
      expect(form.mix.further.map(({ id }) => id)).toEqual(suits);
    },
  );

  test('come back with a draft; what is none in it is left out', async () => {
    const form = await formOn();
    form.mix.add('notes', 0.3);
    const { draft } = form;
    const other = await formOn();
    other.restore(readFormDraft(JSON.parse(JSON.stringify(draft))));
    expect(other.mix.used).toEqual([{ datasetId: 'notes', share: 0.3 }]);
    const broken = [{ datasetId: 'a', share: 2 }, { share: 0.1 }, 'x', { datasetId: 'b', share: 0.5 }];
    expect(readFormDraft({ mix: broken }).mix).toEqual([{ datasetId: 'b', share: 0.5 }]);
    expect(readFormDraft({ mix: 'much' }).mix).toEqual([]);
  });

  test('the estimate counts each text once the rows were looked at, the main ones as one', async () => {
    const form = await formOn();
    form.toggleDataset('talks');
    form.mix.add('notes', 0.25);
    expect(form.mix.amounts(undefined)).toBeUndefined();
    const part = (rows: number, packed?: number) => ({ rows, tokens: 10 * rows, held: 1, ...(packed && { packed }) });
    const parts = [part(8, 2), part(4, 1), part(6)];
    const amounts = form.mix.amounts({ rows: 21, train: part(18), parts, findings: [] });
    expect(amounts).toEqual([
      { trainRows: 12, trainTokens: 120, packed: 3, share: 0.75 },
      { trainRows: 6, trainTokens: 60, share: 0.25 },
    ]);
  });
});
