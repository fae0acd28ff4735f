import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { AtelierError } from '../base/errors/errors';
import type { OnProgress } from '../base/events';
import type { PreparedRecord } from '../base/records';
import type { PrepareRequest } from '../base/requests';
import { Pace } from '../data/pace';
import { SplitPlanner, type Split as RowSplit } from '../data/split';
import type { Tokenizer } from '../data/tokenizer';
import { getDataset } from '../storage/datasets';
import type { AtelierDb } from '../storage/db';
import { findPrepared, writePrepared, type Split, type TokenSink } from '../storage/prepared';
import { loadTokenizer } from './tokenizers';
import { countRows, rowsOf } from './trainTokenizer';

interface Counts {
  rows: number;
  tokens: number;
  bytes: number;
}

/**
 * The rows of datasets as two streams of tokens, each row with the end token behind it; those made before from the same
 * parts are found again. Errors: dataset-missing, tokenizer-missing, data-missing, those of storage, cancelled.
 */
export async function prepare(
  db: AtelierDb,
  request: PrepareRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
  chunkBytes?: number,
): Promise<PreparedRecord> {
  if (!request.datasetIds.length) throw new AtelierError('data-missing');
  for (const id of request.datasetIds) await getDataset(db, id);
  const found = await findPrepared(db, request);
  if (found) return found;
  const tokenizer = await loadTokenizer(db, request.tokenizerId);
  const total = 2 * (await countRows(db, request.datasetIds)); // two passes: the split, then the tokens
  const pass = new Pass(total, onProgress, new Pace(signal));
  const planner = new SplitPlanner(request.seed, request.validationShare);
  for await (const row of rowsOf(db, request.datasetIds)) {
    planner.see(row);
    await pass.next();
  }
  const split = planner.plan();

  const fill = async (sink: TokenSink) => {
    const writer = new SplitWriter(tokenizer, split, sink);
    for await (const row of rowsOf(db, request.datasetIds)) {
      await writer.add(row);
      await pass.next();
    }
    const { datasetIds, tokenizerId, seed, validationShare } = request;
    return { datasetIds, tokenizerId, seed, validationShare, ...writer.summary() };
  };
  return writePrepared(db, tokenizer.vocabSize, fill, { chunkBytes });
}

/** Counts rows, reports them and lets a cancel in, now and then. */
class Pass {
  #done = 0;

  constructor(
    private readonly total: number,
    private readonly onProgress: OnProgress | undefined,
    private readonly pace: Pace,
  ) {}

  async next(): Promise<void> {
    this.#done++;
    if (!this.pace.due()) return;
    this.onProgress?.({ phase: 'tokenizing', done: this.#done, total: this.total, unit: 'rows' });
    await this.pace.rest();
  }
}

class SplitWriter {
  readonly #counts: Record<Split, Counts> = {
    train: { rows: 0, tokens: 0, bytes: 0 },
    validation: { rows: 0, tokens: 0, bytes: 0 },
  };
  readonly #hashes = { train: sha256.create(), validation: sha256.create() };
  readonly #encoder = new TextEncoder();

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly split: RowSplit,
    private readonly sink: TokenSink,
  ) {}

  async add(row: string): Promise<void> {
    const side: Split = this.split.isValidation(row) ? 'validation' : 'train';
    const encoded = this.tokenizer.encode(row);
    const ids = new Uint32Array(encoded.length + 1);
    ids.set(encoded);
    ids[encoded.length] = this.tokenizer.endId;
    this.#hashes[side].update(new Uint8Array(ids.buffer));
    const counts = this.#counts[side];
    counts.rows++;
    counts.tokens += ids.length;
    counts.bytes += this.#encoder.encode(row).length;
    await this.sink.add(side, ids);
  }

  /** `sha256` is that of the two streams' hashes, each over its ids as 32-bit little-endian: chunks and widths don't matter. */
  summary() {
    const { train, validation } = this.#counts;
    return {
      trainRows: train.rows,
      validationRows: validation.rows,
      trainTokens: train.tokens,
      validationTokens: validation.tokens,
      trainBytes: train.bytes,
      validationBytes: validation.bytes,
      sha256: bytesToHex(sha256(concatBytes(this.#hashes.train.digest(), this.#hashes.validation.digest()))),
    };
  }
}
