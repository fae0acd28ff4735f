import { Tokenizer as Reference } from '@huggingface/tokenizers';
import { readFileSync } from 'node:fs';
import { OwnTokenizer } from '../../src/data/tokens/ownTokenizer';
import { PretrainedTokenizer } from '../../src/data/tokens/pretrainedTokenizer';
import { readTokenizerJson } from '../../src/formats/huggingFace/tokenizerJson';
import { median } from './side';

/** Tokenizers in the shape of published ones, both of kinds that our own byte-pair encoding runs too. */
const FILES = ['gpt2', 'smollm'] as const;
const BYTES = 5_000_000;
/** Turns of each side; the median counts. */
const ROUNDS = 3;

interface Row {
  metric: 'tokenize_mb_per_s';
  case: string;
  ours: number;
  peer: 'published' | '@huggingface/tokenizers';
  peerValue: number;
  ratio: number;
}

type Encode = (text: string) => ArrayLike<number>;

/**
 * Megabytes per second of the same text to ids, in turns: our own byte-pair encoding, the class for published files,
 * and the library.
 */
export function compareTokenizers(): Row[] {
  const rows = readFileSync('public/starter/atelier-starter.txt', 'utf8').split('\n');
  const length = new TextEncoder().encode(rows.join('\n')).length;
  const texts = Array.from({ length: Math.ceil(BYTES / length) }, () => rows).flat();
  const bytes = new TextEncoder().encode(texts.join('')).length;
  return FILES.flatMap((name) => compared(name, texts, bytes));
}

function compared(name: string, texts: readonly string[], bytes: number): Row[] {
  const json = readFileSync(`tests/fixtures/tokenizers/${name}.json`, 'utf8');
  const own = new OwnTokenizer(readTokenizerJson(json, name));
  const published = new PretrainedTokenizer(json, own.endId, name);
  const library = new Reference(JSON.parse(json) as object, {});
  const sides: Encode[] = [
    (text) => own.encode(text),
    (text) => published.encode(text),
    (text) => (text ? library.encode(text, { add_special_tokens: false }).ids : []),
  ];
  checkIds(name, sides, texts.slice(0, 500));
  const rates = sides.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) sides.forEach((side, i) => rates[i]!.push(rate(side, texts, bytes)));
  const [ours, ...others] = rates.map((of) => Number(median(of).toPrecision(3)));
  const peers = ['published', '@huggingface/tokenizers'] as const;
  return peers.map((peer, i) => {
    const peerValue = others[i]!;
    const ratio = Number((ours! / peerValue).toPrecision(3));
    return { metric: 'tokenize_mb_per_s', case: name, ours: ours!, peer, peerValue, ratio };
  });
}

function rate(encode: Encode, texts: readonly string[], bytes: number): number {
  const start = performance.now();
  for (const text of texts) encode(text);
  return bytes / 1000 / (performance.now() - start);
}

/** @throws when two sides give other ids: their speeds can't be compared then */
function checkIds(name: string, [first, ...others]: readonly Encode[], texts: readonly string[]): void {
  for (const text of texts)
    for (const other of others)
      if (String(Array.from(other(text))) !== String(Array.from(first!(text))))
        throw new Error(`${name}: the ids of ${JSON.stringify(text)} differ`);
}
