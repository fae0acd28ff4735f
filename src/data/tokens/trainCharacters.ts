/** Makes a vocabulary of single characters from rows of text. */
import { AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import { END_TOKEN, UNKNOWN_TOKEN, type TokenizerModel } from '../../base/tokenizerModel';
import { Yielding } from '../yielding';

export type Rows = AsyncIterable<string> | Iterable<string>;

export interface TokenizerTraining {
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Rows in all, for the progress; 0 where unknown. */
  totalRows?: number;
}

/**
 * A tokenizer of the characters of a text, sorted by code point after the end and the unknown token. Errors:
 * vocabulary-text.
 */
export async function trainCharacters(rows: Rows, training: TokenizerTraining = {}): Promise<TokenizerModel> {
  const seen = new Set<string>();
  const pace = new Yielding(training.signal);
  let done = 0;
  for await (const row of rows) {
    for (const character of row) seen.add(character);
    done++;
    if (pace.due()) {
      training.onProgress?.({ phase: 'counting', done, total: training.totalRows ?? 0, unit: 'rows' });
      await pace.rest();
    }
  }
  if (!seen.size) throw new AtelierError('vocabulary-text');
  // Rows end with a token of their own, but a person may type a line break into a prompt.
  seen.add('\n');
  const characters = [...seen].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  return {
    kind: 'characters',
    vocab: [END_TOKEN, UNKNOWN_TOKEN, ...characters],
    merges: [],
    added: [END_TOKEN, UNKNOWN_TOKEN].map((content, id) => ({ id, content, special: true })),
    endId: 0,
    unkId: 1,
  };
}
