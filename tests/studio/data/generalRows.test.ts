// The general rows of public/samples as a run reads them; they are no file of src, and what is asked of them is preflight's.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { GENERAL_NAMES, sampleContent, sampleFile } from '../../../src/base/records/samples';
import { SAMPLES_FOLDER } from '../../../src/build/samples.mjs';
import { allRows, getDataset } from '../../../src/storage/datasets';
import { importFile } from '../../../src/studio/data/importData';
import { preflight } from '../../../src/studio/data/preflight';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { LeakFinder } from '../../../src/data/clean/near/leakFinder';
import { wordsOfRow } from '../../../src/studio/data/rowParts';
import { freshStorage } from '../../storage/storage';

const READ = await Promise.all(GENERAL_NAMES.map((name) => readFile(SAMPLES_FOLDER + sampleFile(name), 'utf8')));
const fileOf = (i: number): File => new File([READ[i]!], sampleFile(GENERAL_NAMES[i]!));

test.each(GENERAL_NAMES)('%s: preflight finds nothing, no near repeats either', async (name) => {
  const db = await freshStorage();
  const { id, rows, report } = await importFile(db, fileOf(GENERAL_NAMES.indexOf(name)));
  expect([rows >= 270, report]).toEqual([true, undefined]);
  const tokenizer = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 600, datasetIds: [id] });
  const asked = { datasetIds: [id], tokenizerId: tokenizer.id, seed: 1, validationShare: 0.1, contextLength: 512 };
  const task = sampleContent(name) === 'chat' ? 'chat' : 'text';
  const found = await preflight(db, { ...asked, task });
  expect(found.findings).toEqual([]);
  const finder = new LeakFinder(); // preflight tells of rows that are alike by nine tenths; a recipe goes further
  for await (const row of allRows(db, id)) finder.add(wordsOfRow(row, task).text, undefined, false);
  expect((await finder.similar()).groups(0.7)).toEqual([]);
});

test('both forms hold the same answers, each of them once', async () => {
  const db = await freshStorage();
  const rowsOf = async (i: number): Promise<string[]> => {
    const { id } = await importFile(db, fileOf(i));
    expect((await getDataset(db, id)).rows).toBeGreaterThan(0);
    const rows: string[] = [];
    for await (const row of allRows(db, id)) rows.push(row);
    return rows;
  };
  const answersOf = (talks: readonly string[]): string[] =>
    talks.map((talk) => (JSON.parse(talk) as { messages: { content: string }[] }).messages[1]!.content);
  for (const talks of [0, 2]) {
    const answers = answersOf(await rowsOf(talks));
    expect(await rowsOf(talks + 1)).toEqual(answers);
    expect(new Set(answers).size).toBe(answers.length);
  }
});
