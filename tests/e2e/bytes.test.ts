// What the page fetches before its first screen, and what each worker weighs: counted in the build, after gzip.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const ASSETS = 'dist/assets';
const files = readdirSync(ASSETS);
const named = (begin: string, end = '.js'): string[] =>
  files.filter((file) => file.startsWith(begin) && file.endsWith(end));
const bytes = (file: string): number => gzipSync(readFileSync(join(ASSETS, file)), { level: 9 }).length;
const kilobytes = (all: Iterable<string>): number => [...all].reduce((sum, file) => sum + bytes(file), 0) / 1000;

/** Files and all that they import before they run. */
function closure(begin: readonly string[], found = new Set<string>()): Set<string> {
  for (const file of begin) {
    if (found.has(file)) continue;
    found.add(file);
    const code = readFileSync(join(ASSETS, file), 'utf8');
    const imports = code.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w.-]+\.js)"/g);
    closure(
      [...imports].map(([, name]) => name!),
      found,
    );
  }
  return found;
}

const entry = /src="\/assets\/([\w.-]+\.js)"/.exec(readFileSync('dist/index.html', 'utf8'))![1]!;
const shell = closure([entry, ...named('App-'), ...named('en-')]);

test('the frame and the words of one language come before the first screen', () => {
  expect(shell.size).toBeGreaterThan(3);
  expect([...shell].filter((file) => file.startsWith('zh-'))).toEqual([]);
  expect(kilobytes([...shell, ...named('App-', '.css'), ...named('index-', '.css')])).toBeLessThan(175);
});

test.each([
  ['Data-', 75],
  ['Chat-', 45],
  ['Model-', 45],
  ['Evaluate-', 60],
  ['gpu.worker-', 450],
  ['data.worker-', 560],
])('%s stays below %d kB', (begin, most) => {
  expect(named(begin)).toHaveLength(1);
  expect(kilobytes(named(begin))).toBeLessThan(most);
});
