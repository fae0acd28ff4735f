import { expect, test } from 'vitest';
import { repoOf } from '../../../src/base/wire/hub';
import { splitsOf } from '../../../src/base/wire/hubDatasets';

const filesOf = (paths: readonly string[]) => paths.map((path, i) => ({ path, byteLength: 100 + i }));
const told = (paths: readonly string[]): string[] =>
  splitsOf(filesOf(paths)).map(({ config, split, partial, files }) =>
    [config, split, ...(partial ? ['partial'] : []), ...files.map(({ path }) => path)].join(' '),
  );

test.each([
  [
    'the copy that a hub makes',
    [
      '.gitattributes',
      'fr/test/0000.parquet',
      'fr/train/0001.parquet',
      'fr/train/0000.parquet',
      'en/partial-train/0000.parquet',
    ],
    [
      'fr train fr/train/0000.parquet fr/train/0001.parquet',
      'en train partial en/partial-train/0000.parquet',
      'fr test fr/test/0000.parquet',
    ],
  ],
  [
    'shards in data/',
    [
      'README.md',
      'data/validation-00000-of-00001.parquet',
      'data/train-00000-of-00002.parquet',
      'data/train-00001-of-00002.parquet',
    ],
    [
      'default train data/train-00000-of-00002.parquet data/train-00001-of-00002.parquet',
      'default validation data/validation-00000-of-00001.parquet',
    ],
  ],
  [
    'a file for each split',
    ['dev.jsonl', 'test.jsonl', 'train.jsonl', 'dataset_infos.json', 'LICENSE.txt'],
    ['default train train.jsonl', 'default validation dev.jsonl', 'default test test.jsonl'],
  ],
  [
    'folders of configurations',
    ['law/train.csv', 'med/train.csv'],
    ['law train law/train.csv', 'med train med/train.csv'],
  ],
  ['folders of splits', ['train/a.txt', 'test/b.txt'], ['default train train/a.txt', 'default test test/b.txt']],
  ['a name without a split', ['alpaca_data.json'], ['default train alpaca_data.json']],
  ['the same rows twice', ['train.json', 'train.parquet'], ['default train train.parquet']],
  ['words that only begin as a split does', ['latest_trains.csv'], ['default train latest_trains.csv']],
  ['no file that is read', ['images.tar.gz', 'a.png', 'README.md'], []],
])('%s', (_, paths, expected) => {
  expect(told(paths)).toEqual(expected);
});

test('bytes are those of the split', () => {
  const [train] = splitsOf(filesOf(['train-0.csv', 'test.csv', 'train-1.csv']));
  expect(train?.byteLength).toBe(202);
});

test.each([
  ['owner/name', 'owner/name'],
  ['https://huggingface.co/datasets/owner/name', 'owner/name'],
  ['https://huggingface.co/datasets/owner/name/viewer/default/train?p=1', 'owner/name'],
  ['https://huggingface.co/datasets/squad/tree/main', 'squad'],
  ['https://huggingface.co/owner/model', 'owner/model'],
  ['datasets', 'datasets'],
])('the name in %s', (typed, repo) => {
  expect(repoOf(typed)).toBe(repo);
});
