// Files that the documents name must exist, so that a move or a removal is followed in the documents. Not
// src/README.md, whose paths begin at src.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './sources';

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'FEATURES.md', 'docs/LOG.md', 'docs/FORMATS.md'];

/** Targets of links that are no addresses, and paths from the root in code. */
function namedIn(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, target]) => target!);
  const paths = [...text.matchAll(/`((?:src|tests|workers|public|docs)\/[\w./@-]+)`/g)].map(([, path]) => path!);
  return [...links.map((target) => normalize(join(dirname(document), target))), ...paths];
}

const missing = (document: string, text: string): string[] =>
  namedIn(document, text).filter((path) => !existsSync(join(ROOT, path)));

describe('the documents', () => {
  test.each(DOCUMENTS)('%s names files that exist', (document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    expect(namedIn(document, text).length).toBeGreaterThan(3);
    expect(missing(document, text)).toEqual([]);
  });

  test('the check itself sees links and paths, and no addresses', () => {
    const text = '[a](../src/gone.ts#L3) `tests/gone.test.ts` [b](https://x.org/y) [c](../README.md) `src/base`';
    expect(missing('docs/LOG.md', text)).toEqual(['src/gone.ts', 'tests/gone.test.ts']);
  });
});
