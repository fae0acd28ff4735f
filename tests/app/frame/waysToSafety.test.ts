import { expect, test } from 'vitest';
import { waysToSafety } from '../../../src/app/frame/waysToSafety';

const at = (address: string, isSecureContext: boolean) => waysToSafety({ isSecureContext, location: new URL(address) });

test('where the browser trusts the page, the studio opens', () => {
  for (const address of ['https://studio.test/', 'http://localhost:4173/', 'http://127.0.0.1:4200/'])
    expect(at(address, true)).toBeUndefined();
});

test('over plain http each way on has the address of this studio, the port included', () => {
  const flag = 'chrome://flags/#unsafely-treat-insecure-origin-as-secure';
  expect(at('http://192.168.0.7:4173/#/data', false)).toEqual({
    origin: 'http://192.168.0.7:4173',
    localhost: 'http://localhost:4173/',
    https: 'https://192.168.0.7/',
    flag,
  });
  expect(at('http://studio.test/', false)).toEqual({
    origin: 'http://studio.test',
    localhost: 'http://localhost/',
    https: 'https://studio.test/',
    flag,
  });
});
