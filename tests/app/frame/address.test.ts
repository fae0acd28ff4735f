import { expect, test } from 'vitest';
import { missingAt, nameAt, type Here } from '../../../src/app/frame/address';

const KNOWN: Here = {
  isScreen: (path) => ['data', 'model', 'train', 'chat', 'export', 'runs', 'privacy'].includes(path),
  isText: (id) => id === 'rows',
  isRun: (id) => id === 'run',
  isModel: (id) => id === 'base',
  isCheckpoint: (runId, id) => runId === 'run' && id === 'ck',
};
const at = (address: string, here = KNOWN) => {
  const [path = '', ...rest] = address.split('/');
  return missingAt(path, rest, here);
};

test.each([
  ['train/x', 'run'],
  ['runs/x', 'run'],
  ['chat/x', 'run'],
  ['chat/run/x', 'checkpoint'],
  ['export/x', 'run'],
  ['export/guides/x', 'screen'],
  ['export/run/x', 'checkpoint'],
  ['model/further/x', 'run'],
  ['model/further/run/x', 'checkpoint'],
  ['model/pretrained/x', 'model'],
  ['model/x', 'screen'],
  ['data/x', 'screen'],
  ['data/clean', 'screen'],
  ['data/clean/x', 'text'],
  ['data/rows', 'screen'],
  ['data/rows/x', 'text'],
  ['privacy/x', 'screen'],
  ['nonsense', 'screen'],
  ['nonsense/run', 'screen'],
])('%s names a %s that is not here', (address, missing) => {
  expect(at(address)).toBe(missing);
});

test.each([
  ...[
    '',
    'data',
    'data/tokens',
    'data/clean/rows',
    'data/clean/rows/duplicates',
    'data/rows/rows',
    'data/rows/rows/{}',
    'model',
    'model/scratch',
    'model/further',
    'model/further/run/ck',
    'model/pretrained',
  ],
  ...['model/pretrained/base', 'train', 'train/run', 'runs/run', 'chat/run/ck', 'chat/base', 'export/base', 'privacy'],
  ...['export/guides', 'export/upkeep'],
])('%s is here', (address) => {
  expect(at(address)).toBeUndefined();
});

test('nothing is called missing before it is known', () => {
  const unknown: Here = {
    ...KNOWN,
    isText: () => undefined,
    isRun: () => undefined,
    isModel: () => undefined,
    isCheckpoint: () => undefined,
  };
  for (const address of [
    'data/clean/x',
    'train/x',
    'chat/x',
    'export/run/x',
    'model/further/x/y',
    'model/pretrained/x',
  ])
    expect(at(address, unknown)).toBeUndefined();
});

test('the tab is named after the run, text or model that the address leads to', () => {
  const lists = [[{ id: 'run', name: 'Stories' }], [{ id: 'rows', name: 'talks.csv' }]];
  expect(nameAt(['run', 'ck'], lists)).toBe('Stories');
  expect(nameAt(['clean', 'rows'], lists)).toBe('talks.csv');
  expect(nameAt(['gone', undefined], lists)).toBeUndefined();
});
