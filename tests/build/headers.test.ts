import { expect, test } from 'vitest';
import { devHeadersOf, HEADERS, headersOf } from '../../src/build/headers.ts';

const directives = (headers: Readonly<Record<string, string>>): string[] =>
  headers['Content-Security-Policy']!.split('; ').sort();

test('development relaxes styles, blob workers, Trusted Types and who may read its scripts, and nothing else', () => {
  const [dev, served] = [directives(devHeadersOf('/')), directives(HEADERS)];
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
  const { 'Content-Security-Policy': _policy, 'Cross-Origin-Resource-Policy': _readable, ...rest } = HEADERS;
  expect(devHeadersOf('/')).toMatchObject(rest);
});

test('foreign hosts stand in the policy of models.html alone, which is sandboxed into an opaque origin', () => {
  for (const path of ['/', '/index.html', '/assets/a.js', '/models.htm', '/x/models.html', '/hubs/a.js'])
    expect(headersOf(path), path).toBe(HEADERS);
  for (const path of ['/models.html', '/models', '/hub/models-1.js']) {
    const policy = directives(headersOf(path));
    expect(policy).toContain('sandbox allow-scripts');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'self'");
    expect(policy.filter((d) => d.includes('https:'))).toEqual([expect.stringMatching(/^connect-src https/)]);
  }
  expect(headersOf('/verify')).toBe(headersOf('/verify.html'));
  expect(directives(headersOf('/models.html', ['http://hub.school'])).join()).toContain(' http://hub.school');
});

test('the connections that models.html may open are those that its policy names, and those to its own host', () => {
  for (const hosts of [[], ['http://hub.school']]) {
    const headers = headersOf('/models.html', hosts);
    const named = directives(headers)
      .find((d) => d.startsWith('connect-src '))!
      .split(' ')
      .slice(1);
    const listed = named.map((host) => `"${host}"`).join(' ');
    expect(headers['Connection-Allowlist']).toBe(`(response-origin ${listed});redirects=allow`);
  }
  expect(HEADERS['Connection-Allowlist']).toBe('(response-origin)');
});
