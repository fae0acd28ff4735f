// Of src/app/panels/*/panel.ts: each screen's letter after g is its own.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('no two screens are reached by one letter', () => {
  const panels = readdirSync('src/app/panels');
  const keys = panels.map(
    (name) => /^ {2}key: '(.)',$/m.exec(readFileSync(`src/app/panels/${name}/panel.ts`, 'utf8'))?.[1],
  );
  expect(keys).not.toContain(undefined);
  expect(new Set(keys).size).toBe(panels.length);
});
