// Each field of tokenizer.json taken out or given another kind of value: what is let in runs, all else is refused in
// words. Both walls are under test: formats/huggingFace/pretrainedTokenizerJson.ts and
// data/tokens/pretrainedTokenizer.ts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AtelierError } from '../../../src/base/errors/errors';
import { PretrainedTokenizer } from '../../../src/data/tokens/pretrainedTokenizer';
import { checkPretrainedTokenizer } from '../../../src/formats/huggingFace/pretrainedTokenizerJson';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const FOLDER = new URL('../../fixtures/tokenizers/', import.meta.url);
const read = (file: string): Json => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Json;

const VALUES: (Json | undefined)[] = [
  ...[undefined, null, true, 0, -1, 1e9, '', 'x', [], {}, [null]],
  ...[{ type: 'x' }, { type: 'Sequence' }, { Regex: '[' }],
];
const TEXTS = ['', 'Hello, wörld 12', ' \n<s>▁漢字</s>\t  x'];

/** The ways to every field, of long lists and of the vocabulary to their first members only. */
function* waysIn(value: Json, way: string[] = []): Generator<string[]> {
  if (way.length) yield way;
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value).slice(0, way.at(-1) === 'vocab' || Array.isArray(value) ? 2 : undefined))
    yield* waysIn((value as Record<string, Json>)[key]!, [...way, key]);
}

function mutant(file: Json, [key, ...way]: string[], value: Json | undefined): Json {
  const copy = (Array.isArray(file) ? [...file] : { ...(file as object) }) as Record<string, Json | undefined>;
  copy[key!] = way.length ? mutant(copy[key!]!, way, value) : value;
  return (
    Array.isArray(copy) ? copy : Object.fromEntries(Object.entries(copy).filter(([, kept]) => kept !== undefined))
  ) as Json;
}

/** What happens to a file: it runs, or the code it is refused with; another error is thrown on. */
function outcome(json: string): string {
  try {
    checkPretrainedTokenizer(json, 'tokenizer.json');
    const tokenizer = new PretrainedTokenizer(json, 0, 'tokenizer.json');
    for (const text of TEXTS) {
      tokenizer.decode(tokenizer.encode(text));
      tokenizer.encodeWithPlaces(text, { special: false, continues: true });
    }
    return 'runs';
  } catch (thrown) {
    if (thrown instanceof AtelierError) return thrown.code;
    throw new Error(`untyped: ${String(thrown)}`, { cause: thrown });
  }
}

/** The same kind of file with few tokens, so that thousands are built. */
function small(file: string): Json {
  const json = read(file) as { model: { vocab: Record<string, number>; merges: Json[] } };
  const merges = json.model.merges.slice(0, 8);
  const parts = new Set(
    merges.map((pair) => (typeof pair === 'string' ? pair.replace(' ', '') : (pair as string[]).join(''))),
  );
  const kept = Object.entries(json.model.vocab).filter(
    ([token]) => Array.from(token).length === 1 || /^<.*>$/.test(token) || parts.has(token),
  );
  return { ...json, model: { ...json.model, merges, vocab: Object.fromEntries(kept) } };
}

test.each([
  'gpt2.json',
  'smollm.json',
  'qwen2.json',
  'gemma.json',
  'prefix/llama2.json',
  'prefix/metaspace.json',
  'prefix/splits.json',
  'prefix/blanks.json',
])(
  'mutants of %s run or are refused in words',
  (name) => {
    const file = small(name);
    expect(outcome(JSON.stringify(file))).toBe('runs');
    const untyped: string[] = [];
    let [runs, refused] = [0, 0];
    for (const way of waysIn(file))
      for (const value of VALUES) {
        const json = JSON.stringify(mutant(file, way, value));
        try {
          if (outcome(json) === 'runs') runs++;
          else refused++;
        } catch (thrown) {
          untyped.push(`${way.join('.')} = ${JSON.stringify(value)}: ${String(thrown)}`);
        }
      }
    expect(untyped).toEqual([]);
    expect(Math.min(runs, refused)).toBeGreaterThan(30);
  },
  60_000,
); // some hundred tokenizers are built
