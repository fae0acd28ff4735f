import { expect, test } from 'vitest';
import { serverName } from '../../../src/formats/guides/names';

test.each([
  ['Fables', 'fables'],
  ['My Model v1.2!', 'my-model-v1.2'],
  ['  -..x..-', 'x'],
  ['org/model', 'org-model'],
  ['Überblick', 'uberblick'],
])('%s is %s to a server', (name, served) => {
  expect(serverName(name)).toBe(served);
});

test('names whose letters are lost stay apart, and are the same each time', () => {
  const names = ['模型', '寓言', '寓言二', 'Fables 模型', 'Fables 寓言', '!!!', 'κόσμος', '٣'];
  const served = names.map(serverName);
  expect(new Set(served).size).toBe(names.length);
  expect(served).toEqual(names.map(serverName));
  for (const name of served) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
  expect(served[0]).toMatch(/^model-[a-z0-9]{6}$/);
  expect(served[3]).toMatch(/^fables-[a-z0-9]{6}$/);
});

test('a long name is cut to what servers take, and stays apart from what begins alike', () => {
  const long = ['x'.repeat(200), `${'x'.repeat(199)}y`, `${'x'.repeat(59)}-${'y'.repeat(140)}`];
  const served = long.map(serverName);
  expect(new Set(served).size).toBe(long.length);
  for (const name of served) {
    expect(name.length).toBeLessThanOrEqual(70);
    expect(name).toMatch(/^x+-[a-z0-9]{6}$/);
  }
});
