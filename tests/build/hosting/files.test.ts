import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { framedPages, HEADERS, headersOf } from '../../../src/build/headers.ts';
import { HOSTING, hostingFiles } from '../../../src/build/hosting/files.ts';
import { ROOT } from '../../sources.ts';

const files = hostingFiles(ROOT);

test.each(Object.keys(files))('%s is what `npm run hosting` writes', (name) => {
  expect(readFileSync(join(ROOT, HOSTING, name), 'utf8')).toBe(files[name]);
});

/** The rules of a `_headers` file by their address. */
function rulesOf(text: string): Map<string, Record<string, string>> {
  const rules = new Map<string, Record<string, string>>();
  let address = '';
  for (const line of text.split('\n').filter((l) => l !== '' && !l.startsWith('#')))
    if (!line.startsWith(' ')) rules.set((address = line), {});
    else rules.get(address)![line.slice(2, line.indexOf(': '))] = line.slice(line.indexOf(': ') + 2);
  return rules;
}

test('one rule alone of _headers is for an address, and it is the table', () => {
  const rules = rulesOf(files['_headers']!);
  const addresses = ['/', '/index.html', '/assets/a.js', '/models.html', '/models', '/models/a/config.json'];
  for (const path of [...addresses, '/hub/a.js', '/verify.html', '/verify/a.wasm', '/samples/a.txt', '/icon.svg']) {
    const met = [...rules].filter(([rule]) =>
      rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path,
    );
    expect([path, met.map(([, headers]) => headers)]).toEqual([path, [headersOf(path)]]);
  }
});

test('every header of the table stands in the configurations of nginx and Caddy, for each page', () => {
  for (const { headers } of [{ headers: HEADERS }, ...framedPages()])
    for (const [name, value] of Object.entries(headers)) {
      expect(files['nginx.conf']).toContain(`add_header ${name} "${value.replaceAll('"', '\\"')}" always;`);
      expect(files['Caddyfile']).toContain(`${name} \`${value}\``);
    }
});

test('the container runs as nobody in particular, changes nothing, and is reached from this machine alone', () => {
  const { studio } = (parse(files['compose.yaml']!) as { services: Record<string, Record<string, unknown>> }).services;
  expect(studio).toMatchObject({ user: '101:101', read_only: true, cap_drop: ['ALL'] });
  expect(studio!['ports']).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
  expect(files['Dockerfile']).toMatch(/^USER 101$/m);
  expect(files['Dockerfile']).toMatch(/^HEALTHCHECK .*\/healthz$/m);
  expect(files['nginx.conf']).toContain('location = /healthz');
});
