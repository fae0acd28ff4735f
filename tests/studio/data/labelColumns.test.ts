// Labels as other programs write them: named numbers in a Parquet file, and columns of 0 and 1.
import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import type { ColumnUse, Mapping } from '../../../src/base/records/mapping';
import type { Recipe } from '../../../src/base/records/recipe';
import { labelsOfRow } from '../../../src/data/labels/rowLabels';
import { className, classColumns } from '../../../src/formats/text/parquetClasses';
import { allStoredRows } from '../../../src/storage/datasets';
import type { AtelierDb } from '../../../src/storage/db';
import { importFile } from '../../../src/studio/data/importData';
import { prepare } from '../../../src/studio/data/prepare';
import { makeVersion } from '../../../src/studio/data/recipe';
import { loadTokenizer } from '../../../src/studio/models/tokenizers';
import { readGraded } from '../../../src/storage/prepared';
import { trainTokenizer } from '../../../src/studio/data/trainTokenizer';
import { all } from '../../formats/helpers';
import { freshStorage } from '../../storage/storage';

interface Golden {
  names: string[];
  files: Record<string, { labels: (string | string[] | null)[]; base64: string }>;
}
const GOLDEN = JSON.parse(readFileSync('tests/fixtures/goldens/parquetClasses.json', 'utf8')) as Golden;
const NOTHING: Recipe = { format: 'atelier-recipe', version: 1, steps: [] };

const fileOf = (content: Uint8Array<ArrayBuffer> | string, name: string): File => new File([content], name);

let db: AtelierDb;
beforeEach(async () => (db = await freshStorage()));

const labelsIn = async (id: string): Promise<(readonly string[] | undefined)[]> =>
  (await all(allStoredRows(db, id))).map(({ facts }) => labelsOfRow(facts)?.names);

async function classesOf(...datasetIds: string[]) {
  const { id: tokenizerId } = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 260, datasetIds });
  const asked = { datasetIds, tokenizerId, task: 'classify' as const, seed: 1, validationShare: 0 };
  return (await prepare(db, asked)).classes;
}

test.each(Object.entries(GOLDEN.files))('a Parquet file of datasets keeps its classes: %s', async (kind, golden) => {
  const file = fileOf(new Uint8Array(Buffer.from(golden.base64, 'base64')), 'a.parquet');
  const record = await importFile(db, file);
  const names = golden.labels.map((label) => (label === null ? undefined : [label].flat()));
  expect(await labelsIn(record.id)).toEqual(names);
  const classes = { names: GOLDEN.names, ...(kind !== 'one' && { several: true }) };
  expect(await classesOf(record.id)).toEqual(classes);
  const version = await makeVersion(db, { datasetId: record.id, recipe: NOTHING });
  expect(await classesOf(version.id)).toEqual(classes);
});

test('classes that a file does not name stand by their names', async () => {
  const { base64 } = GOLDEN.files['one']!;
  const { id } = await importFile(db, fileOf(new Uint8Array(Buffer.from(base64, 'base64')), 'a.parquet'));
  const { id: more } = await importFile(db, fileOf('text,label\nhm,bored\n', 'b.csv'));
  expect((await classesOf(id, more))?.names).toEqual(['angry', 'bored', 'glad', 'neutral']);
});

test('metadata that names no classes, or is broken, is passed over', () => {
  const columns = (value: string) => [...classColumns([{ key: 'huggingface', value }])];
  const features = (label: unknown): string => JSON.stringify({ info: { features: { label } } });
  expect([...classColumns(undefined), ...classColumns([{ key: 'pandas', value: '{}' }])]).toEqual([]);
  expect(['{', '[]', 'null', '{"info":{"features":[1]}}'].flatMap(columns)).toEqual([]);
  for (const names of [['a', 'a'], ['a', ''], ['a', 1], 'ab', undefined])
    expect(columns(features({ _type: 'ClassLabel', names }))).toEqual([]);
  const list = { _type: 'Sequence', feature: { _type: 'ClassLabel', names: ['b', 'a'] } };
  expect(columns(features(list))).toEqual([['label', ['b', 'a']]]);
  expect([1, 7, -1, null, 'x'].map((value) => className(value, ['b', 'a']))).toEqual(['a', 7, null, null, 'x']);
});

test('conversations with labels are classified by the words that are said in them', async () => {
  const message = (role: string, content: string) => ({ role, content });
  const talks = [
    { messages: [message('user', 'Where is my parcel?')], label: 'post' },
    { messages: [message('user', 'Pay?'), message('assistant', 'By card.')], label: 'bill' },
  ];
  const lines = talks.map((talk) => JSON.stringify(talk)).join('\n');
  const { id, content } = await importFile(db, fileOf(lines, 'talks.jsonl'));
  expect(content).toBe('chat');
  const { id: tokenizerId } = await trainTokenizer(db, { name: 't', kind: 'bpe', vocabSize: 260, datasetIds: [id] });
  const asked = { datasetIds: [id], tokenizerId, task: 'classify' as const, seed: 1, validationShare: 0 };
  const prepared = await prepare(db, asked);
  expect(prepared.classes?.names).toEqual(['bill', 'post']);
  const { ids, offsets } = await readGraded(db, prepared, 'train');
  const tokenizer = await loadTokenizer(db, tokenizerId);
  const texts = [0, 1].map((row) => tokenizer.decode(ids.subarray(offsets[row], offsets[row + 1]! - 1)));
  expect(texts).toEqual(['Where is my parcel?', 'user: Pay?\nassistant: By card.']);
});

const table = (...rows: string[]): File => fileOf(['note,toxic,insult,kind', ...rows].join('\n'), 'a.csv');
const using = (uses: Partial<Record<string, ColumnUse>>): Mapping => ({
  shape: 'text',
  columns: ['note', 'toxic', 'insult', 'kind'].map((column) => ({ column, use: uses[column] ?? 'fact' })),
});

test('several columns of 0 and 1 that are chosen as labels are classes, of which a row has several', async () => {
  const mapping = using({ note: 'text', toxic: 'label', insult: 'label' });
  const file = table('a,1,0,x', 'b,0,0,x', 'c,1,1,x', 'd,true,no,x', 'e,-1,-1,x', 'f,,1,x');
  const record = await importFile(db, file, { choices: { mapping } });
  const labels = [['toxic'], [], ['toxic', 'insult'], ['toxic'], undefined, undefined];
  expect(await labelsIn(record.id)).toEqual(labels);
  expect([record.report?.labelled, record.mapping?.shape]).toEqual([4, 'classification']);
  expect(await classesOf(record.id)).toEqual({ names: ['insult', 'toxic'], several: true });
});

test('one such column, or columns of other words, stay as they are', async () => {
  const one = await importFile(db, table('a,1,0,x'), { choices: { mapping: using({ note: 'text', toxic: 'label' }) } });
  expect(await labelsIn(one.id)).toEqual([['1']]);
  const words = using({ note: 'text', toxic: 'label', kind: 'label' });
  const named = await importFile(db, table('a,1,0,spam'), { choices: { mapping: words } });
  expect(await labelsIn(named.id)).toEqual([['spam']]);
});
