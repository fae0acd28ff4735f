/** Trains or imports a tokenizer and stores it. */
import { AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { TokenizerRecord } from '../../base/records/tokenizer';
import type { TokenizerRequest } from '../../base/wire/requests';
import { END_TOKEN, type TokenizerModel } from '../../base/tokenizerModel';
import { plainText } from '../../data/chat/conversationText';
import { OwnTokenizer } from '../../data/tokens/ownTokenizer';
import { trainBpe } from '../../data/tokens/trainBpe';
import { trainCharacters } from '../../data/tokens/trainCharacters';
import { readTokenizerJson, writeTokenizerJson } from '../../formats/huggingFace/tokenizerJson';
import { allRows, getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { addTokenizer } from '../../storage/tokenizers';

/** UTF-16 units of text, from its beginning, on which bytes per token are measured. */
const MEASURED_TEXT = 1_000_000;
/** Bytes of a tokenizer.json; those of the largest published vocabularies (256,000 tokens) have about 35 MB. */
const LARGEST_JSON = 64 * 1024 * 1024;

/**
 * Every row of some datasets as plain text, one after another.
 * @throws dataset-missing, dataset-damaged
 */
export async function* rowsOf(db: AtelierDb, datasetIds: readonly Id[]): AsyncGenerator<string> {
  for (const id of datasetIds) {
    const { content = 'text' } = await getDataset(db, id);
    for await (const row of allRows(db, id)) yield plainText(row, content);
  }
}

export async function countRows(db: AtelierDb, datasetIds: readonly Id[]): Promise<number> {
  let rows = 0;
  for (const id of datasetIds) rows += (await getDataset(db, id)).rows;
  return rows;
}

/**
 * Learns a tokenizer from datasets and keeps it.
 * @throws dataset-missing, vocabulary-small, vocabulary-text, cancelled
 */
export async function trainTokenizer(
  db: AtelierDb,
  request: TokenizerRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
): Promise<TokenizerRecord> {
  const { kind, datasetIds, vocabSize } = request;
  const training = { onProgress, signal, totalRows: await countRows(db, datasetIds) };
  const rows = rowsOf(db, datasetIds);
  const model = kind === 'bpe' ? await trainBpe(rows, vocabSize, training) : await trainCharacters(rows, training);
  return keep(db, request.name, model, await bytesPerToken(model, rowsOf(db, datasetIds)));
}

/**
 * Keeps a tokenizer.json that was made elsewhere.
 * @throws json-large, json-*, tokenizer-*
 */
export async function importTokenizer(db: AtelierDb, file: File): Promise<TokenizerRecord> {
  if (file.size > LARGEST_JSON) {
    throw new AtelierError('json-large', { file: file.name, size: file.size, limit: LARGEST_JSON });
  }
  const model = readTokenizerJson(await file.text(), file.name, END_TOKEN);
  return keep(db, file.name.replace(/\.json$/i, ''), model, 0);
}

function keep(db: AtelierDb, name: string, model: TokenizerModel, perToken: number): Promise<TokenizerRecord> {
  return addTokenizer(db, {
    name: name.trim() || model.kind,
    kind: model.kind,
    vocabSize: model.vocab.length,
    endId: model.endId,
    json: writeTokenizerJson(model),
    bytesPerToken: perToken,
  });
}

async function bytesPerToken(model: TokenizerModel, rows: AsyncIterable<string>): Promise<number> {
  const tokenizer = new OwnTokenizer(model);
  const encoder = new TextEncoder();
  let [units, bytes, tokens] = [0, 0, 0];
  for await (const row of rows) {
    bytes += encoder.encode(row).length;
    tokens += tokenizer.encode(row).length;
    units += row.length;
    if (units >= MEASURED_TEXT) break;
  }
  return tokens ? bytes / tokens : 0;
}
