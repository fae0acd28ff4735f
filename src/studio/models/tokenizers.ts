// Stored tokenizers, ready to run, and their tokens as a view shows them. Training one is
// studio/data/trainTokenizer.ts.
import type { TokenizerModel } from '../../base/tokenizerModel';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { TokenView, VocabularyPage } from '../../base/wire/requests';
import { OwnTokenizer } from '../../data/tokens/ownTokenizer';
import { PretrainedTokenizer } from '../../data/tokens/pretrainedTokenizer';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { readTokenizerJson } from '../../formats/huggingFace/tokenizerJson';
import type { AtelierDb } from '../../storage/db';
import { getTokenizer } from '../../storage/tokenizers';

/** The plain value of a tokenizer made here. Its end token is the record's: the file alone does not say which it is. */
export const tokenizerModelOf = (record: TokenizerRecord): TokenizerModel =>
  readTokenizerJson(record.json, record.name, record.endId);

/** Built tokenizers of a connection, the latest last: building one takes longer than using it. */
const built = new WeakMap<AtelierDb, Map<Id, Tokenizer>>();
/** A large one takes some 100 MB. */
const MOST_BUILT = 2;

/**
 * A stored tokenizer, ready to run. A stored file never changes, so it is built once for a connection and kept.
 *
 * @throws tokenizer-missing
 */
export async function loadTokenizer(db: AtelierDb, id: Id): Promise<Tokenizer> {
  const kept = built.get(db) ?? new Map<Id, Tokenizer>();
  built.set(db, kept);
  const there = (await db.count('tokenizers', id)) > 0 ? kept.get(id) : undefined;
  const tokenizer = there ?? ready(await getTokenizer(db, id));
  kept.delete(id);
  kept.set(id, tokenizer);
  for (const oldest of [...kept.keys()].slice(0, -MOST_BUILT)) kept.delete(oldest);
  return tokenizer;
}

const ready = (record: TokenizerRecord): Tokenizer =>
  record.kind === 'pretrained'
    ? new PretrainedTokenizer(record.json, record.endId, record.name, record.vocabSize, record.extended?.texts)
    : new OwnTokenizer(tokenizerModelOf(record), record.extended?.texts);

/** The tokens of a text, one by one, as a view shows them. */
export function tokensOf(tokenizer: Tokenizer, text: string): TokenView[] {
  return Array.from(tokenizer.encode(text), (id) => tokenizer.show(id));
}

/** Tokens by id whose text holds `query` (all where it is empty), or whose id it is. */
export function vocabularyPage(tokenizer: Tokenizer, query: string, from: number, count: number): VocabularyPage {
  const entries: TokenView[] = [];
  let total = 0;
  for (let id = 0; id < tokenizer.vocabSize; id++) {
    const token = tokenizer.show(id);
    if (!token.text.includes(query) && String(id) !== query) continue;
    if (total >= from && total < from + count) entries.push(token);
    total++;
  }
  return { total, entries };
}
