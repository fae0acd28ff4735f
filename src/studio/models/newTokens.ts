// Tokenizers that are made of a base's by adding special tokens: their ids, and the record that is stored beside the
// base's own. Their rows: tokenRows.ts.
import { AtelierError } from '../../base/errors/errors';
import type { NewTokens } from '../../base/lora';
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { newTokensFault } from '../../base/settings/newTokens';
import type { NewTokensRequest } from '../../base/wire/requests';
import type { Tokenizer } from '../../data/tokens/tokenizer';
import { withSpecialTokens, nextTokenId } from '../../formats/huggingFace/addedTokensJson';
import type { AtelierDb } from '../../storage/db';
import { addTokenizer, getTokenizer, listTokenizers } from '../../storage/tokenizers';
import { loadTokenizer } from './tokenizers';

/**
 * The ids that tokens get, as transformers' `add_special_tokens` gives them, and the rows of the model that they take.
 * @throws new-token-*, new-tokens-many, tokenizer-missing
 */
export async function newTokensOf(
  db: AtelierDb,
  { tokenizerId, texts, baseRows }: NewTokensRequest,
): Promise<NewTokens> {
  const fault = newTokensFault(texts);
  if (fault) throw new AtelierError(fault.code, fault.facts);
  const running = await loadTokenizer(db, tokenizerId);
  for (const [i, token] of texts.entries()) {
    const id = idOfWhole(running, token);
    if (id !== undefined) throw new AtelierError('new-token-known', { line: i + 1, token, id });
  }
  const next = nextTokenId((await getTokenizer(db, tokenizerId)).json);
  const first = Math.min(next, baseRows);
  return { texts: [...texts], first, count: next + texts.length - first, baseRows };
}

/** The id of a text that is one token already. */
function idOfWhole(running: Tokenizer, text: string): number | undefined {
  const named = running.idOf(text);
  if (named !== undefined) return named;
  const [only, ...more] = running.encode(text);
  return only !== undefined && !more.length && running.show(only).text === text ? only : undefined;
}

/**
 * The tokenizer of a base with new special tokens: one that was made before, or a new record. The base's stays as it
 * is.
 * @throws what `newTokensOf` throws, and storage
 */
export async function extendTokenizer(db: AtelierDb, request: NewTokensRequest): Promise<TokenizerRecord> {
  const { tokenizerId: from, texts } = request;
  const tokens = await newTokensOf(db, request);
  const here = (await listTokenizers(db)).find(({ extended }) => extended && isSame(extended, { ...tokens, from }));
  if (here) return here;
  const { json, name, kind, endId } = await getTokenizer(db, from);
  const vocabSize = tokens.first + tokens.count;
  return addTokenizer(db, {
    ...{ name: `${name} + ${shortList(texts)}`, kind, endId, vocabSize, bytesPerToken: 0 },
    ...{ json: withSpecialTokens(json, texts), extended: { ...tokens, from } },
  });
}

const isSame = (a: NewTokens & { from: Id }, b: NewTokens & { from: Id }): boolean =>
  a.from === b.from && a.baseRows === b.baseRows && a.first === b.first && a.texts.join('\n') === b.texts.join('\n');

/** As many as a name holds. */
const SHOWN = 3;

const shortList = (texts: readonly string[]): string =>
  texts.slice(0, SHOWN).join(' ') + (texts.length > SHOWN ? ' …' : '');

/**
 * The tokens that a run adds to its base by the tokenizer it reads with.
 * @throws new-tokens-tokenizer where that tokenizer was made of another one, or of other tokens
 */
export function tokensAdded(
  texts: readonly string[],
  base: { tokenizerId: Id; model: ModelShape },
  { name, extended }: TokenizerRecord,
): NewTokens | undefined {
  if (!texts.length) return undefined;
  if (extended?.from !== base.tokenizerId || extended.texts.join('\n') !== texts.join('\n'))
    throw new AtelierError('new-tokens-tokenizer', { name, tokens: shortList(texts) });
  const { first, count, baseRows } = extended;
  return { texts: [...texts], first, count, baseRows };
}
