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

export function parse(path: string, text: string): ts.SourceFile {
  const code = path.endsWith('.svelte') ? scriptsOf(text) : text;
  return ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

export function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

export const lineOf = (node: ts.Node): number => {
  const file = node.getSourceFile();
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
};
