import { expect, test } from 'vitest';
import { DEV_HEADERS, HEADERS } from '../../src/build/headers.ts';

const directives = (headers: Readonly<Record<string, string>>): string[] =>
  headers['Content-Security-Policy']!.split('; ').sort();

test('development relaxes styles, blob workers and Trusted Types, and nothing else', () => {
  const [dev, served] = [directives(DEV_HEADERS), directives(HEADERS)];
  expect(dev.filter((d) => !served.includes(d))).toEqual([
    "style-src 'self' 'unsafe-inline'",
    "worker-src 'self' blob:",
  ]);
  expect(served.filter((d) => !dev.includes(d)).map((d) => d.split(' ')[0])).toEqual([
    'require-trusted-types-for',
    'style-src',
    'trusted-types',
    'worker-src',
  ]);
  const { 'Content-Security-Policy': _policy, ...rest } = HEADERS;
  expect(DEV_HEADERS).toMatchObject(rest);
});
