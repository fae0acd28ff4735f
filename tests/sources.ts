// The source of the project as text and as trees, for the tests that hold its rules.
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Source text by path from the root, with forward slashes. Only what people wrote: no generated words, no Markdown. */
export function readSources(folders: string[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const folder of folders)
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      const path = `${folder}/${name.split(sep).join('/')}`;
      if (/\.(ts|mjs|js|svelte)$/.test(path) && !path.includes('/generated/'))
        sources.set(path, readFileSync(join(ROOT, path), 'utf8'));
    }
  return sources;
}

/** The scripts of a Svelte file, everything else blanked out, so that lines keep their numbers. */
function scriptsOf(text: string): string {
  const script = /(<script[^>]*>)([\s\S]*?)(<\/script>)/g;
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ');
  let code = '';
  let end = 0;
  for (const match of text.matchAll(script)) {
    const start = match.index + match[1]!.length;
    code += blank(text.slice(end, start)) + match[2]!;
    end = start + match[2]!.length;
  }
  return code + blank(text.slice(end));
}

/** Deadline of a test that parses every file: seconds, and several times as many on a busy machine. */
export const PARSING = { timeout: 60_000 };

const codeOf = (path: string, text: string): string => (path.endsWith('.svelte') ? scriptsOf(text) : text);

const parsed = new Map<string, ts.SourceFile>();

/** The tree of a file; one text is parsed once. */
export function parse(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known?.text === codeOf(path, text)) return known;
  const file = ts.createSourceFile(path, codeOf(path, text), ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  parsed.set(path, file);
  return file;
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

export const lineOf = (node: ts.Node): number => {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
};
