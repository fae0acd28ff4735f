/** Tokenizes the rows of a run into two stored streams, training and held-out. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { AtelierError } from '../../base/errors/errors';
import type { OnProgress } from '../../base/wire/events';
import type { Id } from '../../base/records/named';
import type { PreparedRecord } from '../../base/records/prepared';
import type { PrepareRequest } from '../../base/wire/requests';
import { Yielding } from '../../data/yielding';
import { HoldoutPlanner, type HoldoutParts as RowSplit } from '../../data/batches/holdout';
import { getDataset } from '../../storage/datasets';
import type { AtelierDb } from '../../storage/db';
import { findPrepared, isIntact, writePrepared, type Subset, type PreparedSink } from '../../storage/prepared';
import { dropUnnamed, replacePrepared, usePrepared } from '../../storage/preparedUpkeep';
import { rowReader, type RowReader } from './rowReader';
import { loadTokenizer } from '../models/tokenizers';
import { countRows } from './trainTokenizer';

interface Counts {
  rows: number;
  tokens: number;
  bytes: number;
}

/**
 * The rows of datasets as two streams of tokens: of text, each row with the end token behind it; of conversations and
 * pairs, as the model's template writes them, with what is graded. Those made before from the same parts are found
 * again.
 * @throws dataset-missing, tokenizer-missing, data-missing, those of `rowReader` and storage, template-*, cancelled
 */
export async function prepare(
  db: AtelierDb,
  request: PrepareRequest,
  onProgress?: OnProgress,
  signal?: AbortSignal,
  chunkBytes?: number,
): Promise<PreparedRecord> {
  const making = await makingOf(db, request);
  const found = await findPrepared(db, making.parts);
  if (found && (await isIntact(db, found))) {
    await usePrepared(db, found);
    return found;
  }
  const made = await making.make({ onProgress, signal, chunkBytes });
  if (found) await replacePrepared(db, found, made);
  await dropUnnamed(db, Date.now() - UNNAMED_MS).catch(() => undefined); // the sweep of the next start tries again
  return made;
}

/** A copy that no run names may still be on its way to a run that starts. */
const UNNAMED_MS = 60_000;

/**
 * Tokens that were lost or changed, made again from their text; runs then name the new ones.
 * @param weightsId whose template wrote them, as in `PrepareRequest`
 * @throws data-changed where the text or the tokenizer gives other tokens now, and what `prepare` throws
 */
export async function prepareAgain(
  db: AtelierDb,
  lost: PreparedRecord,
  weightsId: Id | undefined,
  name: string,
): Promise<PreparedRecord> {
  const { make } = await makingOf(db, { ...lost, ...(weightsId !== undefined && { weightsId }) });
  const made = await make({});
  if (made.sha256 !== lost.sha256) throw new AtelierError('data-changed', { name });
  await replacePrepared(db, lost, made);
  return made;
}

interface MakeOptions {
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
  chunkBytes?: number | undefined;
}

/** By which parts prepared text is found again, and how it is made of them. */
async function makingOf(db: AtelierDb, request: PrepareRequest) {
  const { datasetIds, tokenizerId, seed, validationShare, task, rowPerAnswer } = request;
  if (!datasetIds.length) throw new AtelierError('data-missing');
  for (const id of datasetIds) await getDataset(db, id);
  const tokenizer = await loadTokenizer(db, tokenizerId);
  const reader = await rowReader(db, request, tokenizer);
  const asked = { datasetIds, tokenizerId, seed, validationShare, task, template: reader.template };
  const parts = { ...asked, ...(rowPerAnswer && { rowPerAnswer }) };
  const make = async ({ onProgress, signal, chunkBytes }: MakeOptions): Promise<PreparedRecord> => {
    const total = 2 * (await countRows(db, datasetIds)); // two passes: the split, then the tokens
    const pass = new RowPass(total, onProgress, new Yielding(signal));
    const planner = new HoldoutPlanner(seed, validationShare);
    for await (const row of reader.rows()) {
      planner.see(reader.key(row));
      await pass.next();
    }
    const holdout = planner.plan();
    const fill = async (sink: PreparedSink) => {
      const writer = new SplitWriter(reader, holdout, sink);
      for await (const row of reader.rows()) {
        await writer.add(row);
        await pass.next();
      }
      return { ...parts, ...writer.summary() };
    };
    return writePrepared(db, tokenizer.vocabSize, fill, { chunkBytes, whileThere: true });
  };
  return { parts, make };
}

/** Counts rows, reports them and lets a cancel in, now and then. */
export class RowPass {
  #done = 0;

  constructor(
    private readonly total: number,
    private readonly onProgress: OnProgress | undefined,
    private readonly pace: Pick<Yielding, 'due' | 'rest'>,
    /** How often each row is seen; it counts once. */
    private readonly passes = 1,
  ) {}

  async next(): Promise<void> {
    this.#done++;
    if (!this.pace.due()) return;
    this.onProgress?.({
      phase: 'tokenizing',
      done: Math.floor(this.#done / this.passes),
      total: this.total,
      unit: 'rows',
    });
    await this.pace.rest();
  }
}

class SplitWriter {
  readonly #counts: Record<Subset, Counts> = {
    train: { rows: 0, tokens: 0, bytes: 0 },
    validation: { rows: 0, tokens: 0, bytes: 0 },
  };
  readonly #hashes = { train: sha256.create(), validation: sha256.create() };
  #ungraded = 0;

  constructor(
    private readonly reader: RowReader,
    private readonly holdout: RowSplit,
    private readonly sink: PreparedSink,
  ) {}

  async add(row: string): Promise<void> {
    const side: Subset = this.holdout.isValidation(this.reader.key(row)) ? 'validation' : 'train';
    const counts = this.#counts[side];
    counts.bytes += this.reader.bytes(row);
    const encoded = this.reader.encode(row);
    counts.rows += this.reader.paired ? 1 : encoded.length;
    if (encoded.some(({ weights }) => weights && !weights.some((weight) => weight > 0))) this.#ungraded++;
    for (const { ids, weights } of encoded) {
      this.#hashes[side].update(bytesOf(ids));
      if (weights) this.#hashes[side].update(bytesOf(weights));
      counts.tokens += ids.length;
      await this.sink.add(side, ids, weights);
    }
  }

  /**
   * `sha256` is that of the two streams' hashes, each over its ids (and weights) as 32-bit little-endian: chunks and
   * widths don't matter.
   */
  summary() {
    const { train, validation } = this.#counts;
    return {
      ...(this.reader.template && { ungraded: this.#ungraded }),
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

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
