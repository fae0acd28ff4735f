/** Trains a byte-level BPE vocabulary from rows of text (Sennrich, Haddow and Birch, 2016; bytes: GPT-2, 2019). */
import { AtelierError } from '../../base/errors/errors';
import { BYTE_SYMBOLS, END_TOKEN, type TokenizerModel } from '../../base/tokenizerModel';
import { MergeState } from './mergeState';
import { Yielding } from '../yielding';
import type { Rows, TokenizerTraining } from './trainCharacters';
import { forEachWord } from './pretokenize';

/** 256 bytes and the end token. */
export const SMALLEST_VOCABULARY = 257;
/** A pair that stands once in the text makes nothing shorter worth a token. */
const LEAST_COUNT = 2;
/** Distinct words kept while counting; above, words seen once are let go, so memory stays bounded on any text. */
const MOST_WORDS = 1_000_000;
/** UTF-16 units of a word; longer runs without a space (Chinese, base64) are counted in parts. */
const LONGEST_WORD = 64;

/**
 * Learns byte-level BPE from rows: counts words (GPT-2's split), then joins the most frequent pair again and again
 * until the vocabulary is full or no pair stands twice. Of equally frequent pairs the one of lower ids goes first, so
 * the same rows give the same tokenizer. Id 0 is `<|endoftext|>`, then the 256 bytes in order, then merges. Errors:
 * vocabulary-small, vocabulary-text, cancelled.
 */
export async function trainBpe(
  rows: Rows,
  vocabSize: number,
  training: TokenizerTraining = {},
): Promise<TokenizerModel> {
  if (!(vocabSize >= SMALLEST_VOCABULARY)) {
    throw new AtelierError('vocabulary-small', { asked: vocabSize, least: SMALLEST_VOCABULARY });
  }
  const words = await countWords(rows, training);
  if (!words.size) throw new AtelierError('vocabulary-text');
  const pace = new Yielding(training.signal);
  const state = new MergeState(words, (byte) => byte + 1);
  const vocab = [END_TOKEN, ...BYTE_SYMBOLS];
  const spelled = new Set(vocab);
  const merges: [number, number][] = [];
  const total = vocabSize - vocab.length;
  while (vocab.length < vocabSize) {
    const pair = state.best(LEAST_COUNT, ([l, r]) => !spelled.has(vocab[l]! + vocab[r]!));
    if (!pair) break;
    const token = vocab[pair[0]]! + vocab[pair[1]]!;
    state.join(pair, vocab.length);
    merges.push(pair);
    vocab.push(token);
    spelled.add(token);
    if (pace.due()) {
      training.onProgress?.({ phase: 'merging', done: merges.length, total, unit: 'merges' });
      await pace.rest();
    }
  }
  return { kind: 'bpe', vocab, merges, added: [{ id: 0, content: END_TOKEN, special: true }], endId: 0 };
}

async function countWords(rows: Rows, training: TokenizerTraining): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const pace = new Yielding(training.signal);
  let done = 0;
  for await (const row of rows) {
    forEachWord(row, false, (word) => countParts(counts, word));
    if (counts.size > MOST_WORDS) dropRare(counts);
    done++;
    if (pace.due()) {
      training.onProgress?.({ phase: 'counting', done, total: training.totalRows ?? 0, unit: 'rows' });
      await pace.rest();
    }
  }
  return counts;
}

function countParts(counts: Map<string, number>, word: string): void {
  if (word.length <= LONGEST_WORD) return count(counts, word);
  const points = Array.from(word);
  for (let i = 0; i < points.length; i += LONGEST_WORD) count(counts, points.slice(i, i + LONGEST_WORD).join(''));
}

function count(counts: Map<string, number>, word: string): void {
  const before = counts.get(word);
  if (before !== undefined) counts.set(word, before + 1);
  // A new key is copied: a slice of 13 or more units would keep its whole row in memory.
  else counts.set(word.length < 13 ? word : Array.from(word).join(''), 1);
}

/** Lets go of the rarest words until half of the room is free. */
function dropRare(counts: Map<string, number>): void {
  for (let least = 1; counts.size > MOST_WORDS / 2; least *= 2) {
    for (const [word, n] of counts) if (n <= least) counts.delete(word);
  }
}
