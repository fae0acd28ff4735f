// The tokenizer of an imported model: found among the stored ones, or described as a new record.
import { asAtelierError, AtelierError } from '../../base/errors/errors';
import type { ModelShape } from '../../base/modelShape';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import { END_TOKEN } from '../../base/tokenizerModel';
import { PretrainedTokenizer } from '../../data/tokens/pretrainedTokenizer';
import { checkPretrainedTokenizer } from '../../formats/huggingFace/pretrainedTokenizerJson';
import { standardJson } from '../../formats/json';
import { readTokenizerJson, writeTokenizerJson } from '../../formats/huggingFace/tokenizerJson';
import type { AtelierDb } from '../../storage/db';
import { sameTokenizer } from '../../storage/tokenizers';
import { textOf, type Folder } from './modelFolder';

export interface FoundTokenizer {
  id: Id;
  endId: number;
  /** It came with this model and is still to be kept; absent where one with the same content was here. */
  fresh?: TokenizerRecord;
}

/** What other files of the model say of its tokens. */
interface TokenizerFacts {
  /** The token that ends a text, as the model's configuration says, else as the tokenizer's. */
  endId: number | undefined;
  endToken: string | undefined;
  chatTemplate: string | undefined;
}

/** The same of one that no file of its own holds, and what it is called. */
interface NamedFacts extends TokenizerFacts {
  name: string;
  file: string;
}

const FILE = 'tokenizer.json';

/**
 * The tokenizer of a model; one with the same content is found where it is kept. Added tokens beyond the rows of the
 * embedding are left out, unless the chat template writes them.
 *
 * @throws vocabulary-mismatch, and what the format throws
 */
export async function findTokenizer(
  db: AtelierDb,
  folder: Folder,
  model: ModelShape,
  facts: TokenizerFacts,
  signal?: AbortSignal,
): Promise<FoundTokenizer> {
  const json = standardJson(await textOf(folder, FILE, signal), FILE);
  return storedTokenizer(db, json, model, { ...facts, name: folder.source, file: FILE });
}

/**
 * The same out of its JSON.
 *
 * @throws vocabulary-mismatch, tokenizer-*
 */
export async function storedTokenizer(
  db: AtelierDb,
  json: string,
  { vocabSize: rows }: ModelShape,
  { name, file, endId: named, endToken = END_TOKEN, chatTemplate = '' }: NamedFacts,
): Promise<FoundTokenizer> {
  const draft = { name, json, bytesPerToken: 0, ...describe(json, named ?? endToken, rows, file) };
  const tokens = Math.max(draft.vocabSize, ...beyond(json, rows, chatTemplate));
  if (tokens > rows) throw new AtelierError('vocabulary-mismatch', { tokens, rows });
  const { endId, vocabSize } = draft;
  const here = await sameTokenizer(db, { json, endId, vocabSize });
  if (here) return { id: here.id, endId };
  const fresh = { ...draft, id: crypto.randomUUID(), createdAt: Date.now() };
  return { id: fresh.id, endId, fresh };
}

/**
 * A file that this studio wrote is a tokenizer made here; any other stays as it was published, and runs as its file
 * says.
 */
function describe(
  json: string,
  end: number | string,
  rows: number,
  file: string,
): Pick<TokenizerRecord, 'kind' | 'vocabSize' | 'endId'> {
  const own = ownModel(json, end, file);
  if (own) return { kind: own.kind, vocabSize: own.vocab.length, endId: own.endId };
  checkPretrainedTokenizer(json, file);
  const found = new PretrainedTokenizer(json, 0, file, rows);
  const endId = typeof end === 'number' ? end : found.idOf(end);
  if (endId === undefined || !found.bytesOf(endId))
    throw new AtelierError('tokenizer-without-end', { file, token: String(end) });
  return { kind: 'pretrained', vocabSize: found.vocabSize, endId };
}

/** How many rows the tokens would need that a template writes and the model has no row for. */
function beyond(json: string, rows: number, chatTemplate: string): number[] {
  const { added_tokens: added = [] } = JSON.parse(json) as { added_tokens?: { id: number; content: string }[] };
  return added.flatMap(({ id, content }) => (id >= rows && chatTemplate.includes(content) ? [id + 1] : []));
}

function ownModel(json: string, end: number | string, file: string) {
  try {
    const model = readTokenizerJson(json, file, end);
    return writeTokenizerJson(model) === json ? model : undefined;
  } catch (thrown) {
    const { code, facts } = asAtelierError(thrown);
    // ours spell every byte; some that are published, SmolLM2's among them, leave out bytes that no text holds
    if (code === 'tokenizer-unsupported' || facts['detail'] === 'no-byte') return undefined;
    throw thrown;
  }
}
