import '../../page';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isColumn } from '../../../../src/app/panels/Runs/columns';

const APP = 'src/app';

/** Classes that style what any component shows: of the style sheets, and what a component gives to the whole page. */
function classesOfThePage(): string[] {
  const files = readdirSync(APP, { recursive: true, encoding: 'utf8' });
  return files.flatMap((file) => {
    if (!/\.(css|svelte)$/.test(file)) return [];
    const text = readFileSync(join(APP, file), 'utf8');
    const rules = file.endsWith('.css') ? /^\s*\.([\w-]+)/gm : /^\s*:global\(\.([\w-]+)/gm;
    return [...text.matchAll(rules)].map((found) => found[1] ?? '');
  });
}

test('a cell of the table has its column’s key as a class, which no rule of the whole page takes', () => {
  const classes = classesOfThePage();
  expect(classes).toContain('muted');
  expect(classes.filter((name) => isColumn(name))).toEqual([]);
});
